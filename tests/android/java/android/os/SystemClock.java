package android.os;

/** Stands still until a test moves it. */
public class SystemClock {
    public static long nanos = 5_000_000_000L;
    public static long elapsedRealtime() { return nanos / 1_000_000; }
    public static long elapsedRealtimeNanos() { return nanos; }
}
