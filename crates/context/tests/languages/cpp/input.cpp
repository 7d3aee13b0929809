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
    struct Node { Node *next = nullptr; int depth() const { return next ? next->depth() + 1 : 0; } };

    /// Makes one.
    explicit Session(T token, int count = 0) noexcept(true)
        : Base<T>(token), count_{count} {
        check();
    }
    Session(const Session &) = delete;
    Session(Session &&other) noexcept = default;
    virtual ~Session() { release(count_); }
    virtual void describe() const = 0;

    Session &operator=(const Session &other) { count_ = other.count_; return *this; }
    bool operator()(int a, int b) const { return a < b && b < count_; }
    explicit operator bool() const { return count_ > 0 && valid(); }
    auto operator<=>(const Session &) const = default;
    template <typename U> requires std::integral<U>
    auto convert(U u) const -> decltype(u + 1) { return u + 1 + count_; }

    friend std::ostream &operator<<(std::ostream &out, const Session &s) { return out << s.count_; }
    friend class Friend;

    void declared(int x) const &;
    static int counted() { return LIMIT * 2 + 1; } // [HOT]
    void kept_by_name() { check(); check(); check(); }
    constexpr T get() const & override { return token_; }
#if DEBUG
    void debug() { dump(std::cerr, R"xx( [HOT] } )" )xx"); }
#else
    void debug() {}
#endif

private:
    T token_;
    int count_ : 4;
    std::function<int(int)> f_ = [](int x) { return x + 1 + 2 + 3; };
};

template <typename T, int N>
void Session<T, N>::declared(int x) const & {
    // [HOT]
    use(x);
}

template <>
int Session<int, 3>::special<double>() { return special<float>() + 1; }

} // namespace v1
} // namespace outer::inner

namespace {
int hidden(int x) { return x * x * x; }
}

outer::inner::Session<int>::Session(int a) try : Base(a), b{[] { return 1; }()} { check(); } catch (...) { throw; }
outer::Thing::~Thing() { delete pointer; }
outer::Thing::operator int() const { return value + value; }
bool operator==(const A &a, const B &b) { return a.x == b.x; }
int *pointer_to(int &reference) { return &reference + 1; }
int &reference_to(int *pointer) { return *(pointer + 1); }
auto trailing(int x) -> std::vector<int> { return {x, x, x, x}; }

extern "C" int exported(void) { return hidden(1) + 2; }
extern "C" {
void block(void);
int in_block(void) { return hidden(2) + 3; }
}

template <typename T> concept Addable = requires(T a) { a + a; };
constexpr auto lambda = [](auto x) mutable -> int { return x + x; };
static std::map<int, std::function<int()>> table = { {1, [] { return 100 + 1; }} };
int global = 1, other{2};
std::string text(const char *);
enum Plain { A, B };
union Bits { int whole; char parts[4]; };
typedef struct { int method() { return 1 + 1 + 1; } } Typedefed;

[[gnu::always_inline]] inline static void attributed() { puts("attributed"); }
int main(int argc, char *argv[]) { return 0; }
