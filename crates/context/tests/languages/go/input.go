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
	handler       = func(x int) int {
		return x + 1
	}
	_ fmt.Stringer = (*Session)(nil)
)

var table = map[string]func() error{
	"a": func() error { return fmt.Errorf("from a table") },
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
func New(token string, opts ...func(*Session)) (s *Session, err error) {
	for _, opt := range opts {
		opt(s) // [HOT]
	}
	return &Session{Token: token}, nil
}

func (s *Session) Refresh(ctx int) error { return fmt.Errorf("`%d` }", ctx) }

func (Session) String() string {
	return `a raw
string with [HOT] and }`
}

func (l *List[T]) Push(x T) {
	*l = append(*l, x)
}

func Map[K comparable, V any](m map[K]V, f func(V) V) map[K]V {
	out := make(map[K]V, len(m))
	for k, v := range m {
		out[k] = f(v)
	}
	return out
}

func external(x int) int
func short()      {}
func one() string { return "1" }

func kept_by_name() {
	defer func() { recover() }()
	panic("kept")
}

/* A block comment above. */
func init() {
	data = ToUpper(data)
}
func main() { goto end; end: fmt.Println(first, second, handler(1)) }
