// Licence.
#pragma once
#include <vector>
#include "local.hpp"
#define DECLARE(name) void name()

import_nothing();
using namespace std;
using std::vector;
using Names = std::vector<std::string>;
template <typename T> using Ptr = std::unique_ptr<T>;

namespace outer::inner {
inline namespace v1 {

/// Documented.
template <typename T, int N = 3>
class [[nodiscard]] Session final : public Base<T>, private virtual Other {
public:
    static constexpr int LIMIT = 10;
    enum class Mode : unsigned char { Fast, Slow };
    struct Node { Node *next = nullptr; int depth() const { /* ... */ } };

    /// Makes one.
    explicit Session(T token, int count = 0) noexcept(true)
        : Base<T>(token), count_{count} { /* ... */ }
    Session(const Session &) = delete;
    Session(Session &&other) noexcept = default;
    virtual ~Session() { /* ... */ }
    virtual void describe() const = 0;

    Session &operator=(const Session &other) { /* ... */ }
    bool operator()(int a, int b) const { /* ... */ }
    explicit operator bool() const { /* ... */ }
    auto operator<=>(const Session &) const = default;
    template <typename U> requires std::integral<U>
    auto convert(U u) const -> decltype(u + 1) { /* ... */ }

    friend std::ostream &operator<<(std::ostream &out, const Session &s) { /* ... */ }
    friend class Friend;

    void declared(int x) const &;
    static int counted() { return LIMIT * 2 + 1; } // [HOT]
    void kept_by_name() { check(); check(); check(); }
    constexpr T get() const & override { /* ... */ }
#if DEBUG
    void debug() { /* ... */ }
#else
    void debug() {}
#endif

private:
    T token_;
    int count_ : 4;
    std::function<int(int)> f_ = [](int x) { /* ... */ };
};

template <typename T, int N>
void Session<T, N>::declared(int x) const & {
    // [HOT]
    use(x);
}

template <>
int Session<int, 3>::special<double>() { /* ... */ }

} // namespace v1
} // namespace outer::inner

namespace {
int hidden(int x) { /* ... */ }
}

outer::inner::Session<int>::Session(int a) { /* ... */ }
outer::Thing::~Thing() { /* ... */ }
outer::Thing::operator int() const { /* ... */ }
bool operator==(const A &a, const B &b) { /* ... */ }
int *pointer_to(int &reference) { /* ... */ }
int &reference_to(int *pointer) { /* ... */ }
auto trailing(int x) -> std::vector<int> { /* ... */ }

extern "C" int exported(void) { /* ... */ }
extern "C" {
void block(void);
int in_block(void) { /* ... */ }
}

template <typename T> concept Addable = requires(T a) { a + a; };
constexpr auto lambda = [](auto x) mutable -> int { /* ... */ };
static std::map<int, std::function<int()>> table = { {1, [] { /* ... */ }} };
int global = 1, other{2};
std::string text(const char *);
enum Plain { A, B };
union Bits { int whole; char parts[4]; };
typedef struct { int method() { /* ... */ } } Typedefed;

[[gnu::always_inline]] inline static void attributed() { /* ... */ }
int main(int argc, char *argv[]) { return 0; }
