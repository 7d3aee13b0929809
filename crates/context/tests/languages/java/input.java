/* Licence. */
package com.example.fixture;

import static java.util.Objects.requireNonNull;
import java.util.*;

/**
 * Documented.
 *
 * @param <T> a type
 */
@SuppressWarnings({"unchecked", "}"})
public abstract sealed class Session<T extends Comparable<? super T>> extends Base<T>
        implements Shape, AutoCloseable permits Session.Sub {
    public static final int LIMIT = 10;
    private static final Map<String, Integer> TABLE = new HashMap<>() {{
        put("a", 1);
    }};
    static final Comparator<String> ORDER = new Comparator<>() {
        @Override
        public int compare(String a, String b) {
            return a.compareTo(b);
        }
    };
    private final Supplier<String> supplier = () -> {
        return "a lambda with a block";
    };
    static Function<Integer, Integer> doubled = x -> x * 2 + Math.abs(x);
    @Inject
    protected volatile String token, other[] = {"x"}; // trailing

    static {
        System.loadLibrary("fixture");
    }

    {
        token = "an instance initialiser";
    }

    /** Makes one. */
    @Inject public Session(@Nullable final String token, int... rest) throws IOException {
        super(token);
        this.token = requireNonNull(token);
    }

    protected Session() { this(null, 1, 2, 3); }

    @Override
    @core_logic(reason = "because")
    public <U> List<? extends U> load(Class<U> type) {
        for (var x : rest()) { System.out.println(x); }
        return List.of();
    }

    abstract T describe() throws RuntimeException;
    native int external(byte[] data);
    synchronized void hot() {
        // [HOT]
        notifyAll();
    }
    String text() {
        return """
            [HOT] in a text block }
            """;
    }
    int one() { return 1; }
    void kept_by_name() { System.out.println("kept"); }

    static final class Sub<T extends Comparable<? super T>> extends Session<T> {
        T describe() { return new Object() { T inner() { return null; } }.inner(); }
    }
}

record Point(int x, @Positive int y) implements Shape {
    static final Point ORIGIN = new Point(0, 0);
    Point {
        if (x < 0) { throw new IllegalArgumentException(); }
    }
    double area() { return Math.hypot(x, y); }
}

enum Operation implements IntBinaryOperator {
    /** Adds. */
    PLUS("+") {
        @Override public int applyAsInt(int a, int b) { return a + b + 0; }
    },
    @Deprecated NONE;

    private final String sign;
    Operation() { this("no sign at all"); }
    Operation(String sign) { this.sign = sign; }
}

interface Shape {
    int SIDES = 4;
    double area();
    default String name() { return getClass().getSimpleName(); }
    static Shape of() { return () -> 1.0 + 2.0; }
    private void hidden() { System.out.println("hidden"); }
}

@Retention(RetentionPolicy.RUNTIME)
@interface Marker {
    String value() default "x";
    Class<?>[] types() default {};
}
