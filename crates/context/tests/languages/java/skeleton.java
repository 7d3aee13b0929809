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
    private static final Map<String, Integer> TABLE = new HashMap<>() {{ /* ... */ }};
    static final Comparator<String> ORDER = new Comparator<>() {
        @Override
        public int compare(String a, String b) { /* ... */ }
    };
    private final Supplier<String> supplier = () -> { /* ... */ };
    static Function<Integer, Integer> doubled = x -> { /* ... */ };
    @Inject
    protected volatile String token, other[] = {"x"}; // trailing

    static { /* ... */ }

    { /* ... */ }

    /** Makes one. */
    @Inject public Session(@Nullable final String token, int... rest) throws IOException { /* ... */ }

    protected Session() { /* ... */ }

    @Override
    @core_logic(reason = "because")
    public <U> List<? extends U> load(Class<U> type) { /* ... */ }

    abstract T describe() throws RuntimeException;
    native int external(byte[] data);
    synchronized void hot() { /* ... */ }
    String text() { /* ... */ }
    int one() { return 1; }
    void kept_by_name() { /* ... */ }

    static final class Sub<T extends Comparable<? super T>> extends Session<T> {
        T describe() { /* ... */ }
    }
}

record Point(int x, @Positive int y) implements Shape {
    static final Point ORIGIN = new Point(0, 0);
    Point { /* ... */ }
    double area() { /* ... */ }
}

enum Operation implements IntBinaryOperator {
    /** Adds. */
    PLUS("+") {
        @Override public int applyAsInt(int a, int b) { /* ... */ }
    },
    @Deprecated NONE;

    private final String sign;
    Operation() { /* ... */ }
    Operation(String sign) { /* ... */ }
}

interface Shape {
    int SIDES = 4;
    double area();
    default String name() { /* ... */ }
    static Shape of() { /* ... */ }
    private void hidden() { /* ... */ }
}

@Retention(RetentionPolicy.RUNTIME)
@interface Marker {
    String value() default "x";
    Class<?>[] types() default {};
}
