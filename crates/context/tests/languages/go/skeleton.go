//go:build linux && !cgo
// +build linux

// Package fixture has everything odd in Go.
package fixture

import (
	"fmt"
	. "strings" // a dot import
	_ "embed"
)

import "C"

//go:embed data.txt
var data string

// Limit is documented.
const Limit = 10

const (
	A, B = iota, iota * 2 // trailing
	_, _
	// C is third.
	C, D
)

var (
	first, second = 1, "two"
	handler       = func(x int) int { /* ... */ }
	_ fmt.Stringer = (*Session)(nil)
)

var table = map[string]func() error{
	"a": func() error { /* ... */ },
}

// Session holds things.
//
// In two paragraphs.
type Session struct {
	fmt.Stringer        // embedded
	Token        string `json:"token,omitempty"` // a tag
	callback     func(a, b int) (int, error)
	nested       struct{ x, y int }
}

type (
	// Alias is one.
	Alias = Session
	// ID is named.
	ID   int64
	List[T any] []T
	Func func(ctx int) error
)

// Shape is an interface.
type Shape interface {
	fmt.Stringer
	// Area is documented.
	Area(scale float64) (area float64, err error)
	~int | ~string
}

type Number interface{ ~int | ~float64 }

// New makes one.
func New(token string, opts ...func(*Session)) (s *Session, err error) { /* ... */ }

func (s *Session) Refresh(ctx int) error { /* ... */ }

func (Session) String() string { /* ... */ }

func (l *List[T]) Push(x T) { /* ... */ }

func Map[K comparable, V any](m map[K]V, f func(V) V) map[K]V { /* ... */ }

func external(x int) int
func short()      {}
func one() string { /* ... */ }

func kept_by_name() { /* ... */ }

/* A block comment above. */
func init() { /* ... */ }
func main() { /* ... */ }
