package android.os;

/** How the phone moves. */
public class VibrationEffect {
    public final String what;

    private VibrationEffect(String what) { this.what = what; }

    public static VibrationEffect createPredefined(int effect) {
        if (Build.VERSION.SDK_INT < 29) throw new NoSuchMethodError("createPredefined");
        return new VibrationEffect("effect " + effect);
    }

    public static VibrationEffect createOneShot(long milliseconds, int amplitude) {
        return new VibrationEffect(milliseconds + " ms");
    }
}
