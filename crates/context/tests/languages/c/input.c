/* Licence. */
#ifndef FIXTURE_H
#define FIXTURE_H
#include <stdio.h>
#include "local.h"

#define LIMIT 10
#define SQUARE(x) \
    ((x) * (x)) /* a macro of two lines */
#define EMPTY
#undef OTHER

#ifdef __cplusplus
extern "C" {
#endif

/* Documented. */
typedef struct session {
    char *token; /* a field */
    int (*callback)(int a, void *data);
    union { int whole; char parts[4]; } bits;
    unsigned flag : 1;
} Session;

typedef enum { RED, GREEN = 1 << 2 } Colour;
typedef int (*handler_t)(const char *, size_t);
typedef unsigned long ulong_t, *ulong_p;

struct list { struct list *next; };
enum mode { FAST, SLOW };
union value;

extern int counter;
static const char *const names[] = { "one", "two", "}" };
static handler_t table[2] = { [0] = NULL };
int first = 1, *second, third[3];

// A prototype.
int add(int a, int b);
static inline char *copy(const char *text) __attribute__((malloc));
void (*signal_handler(int sig, void (*func)(int)))(int);

/* The function
 * is documented. */
__attribute__((noinline))
static int
session_open(Session *s, const char *name, ...)
{
    /* [HOT] */
    if (s == NULL) {
        return -1;
    }
    return printf("%s }\n", name);
}

static inline unsigned long long *pointer(void) { static unsigned long long x; return &x; }

int old_style(a, b)
    int a;
    char *b;
{
    return a + b[0] + '}';
}

#if defined(WIN32) && \
    !defined(CYGWIN)
int platform(void) { return LIMIT + 1; }
#elif LIMIT > 1
int platform(void)
{
#ifdef DEBUG
    puts("in a body");
#endif
    return 0;
}
#else
# error "none"
#endif

void kept_by_name(void) { puts("kept by its name"); }
int short_one(void) { return 1; }
void (*returns_pointer(int x))(int) { return signal_handler(x, NULL); }
int variadic(char *format, ...) { return format[0] == '"' ? '\'' : '\\'; } // [HOT]

MODULE_LICENSE("GPL");

int main(int argc, char **argv) { goto end; end: return argc > 1 && argv; }

#ifdef __cplusplus
}
#endif
#endif /* FIXTURE_H */
