package android.os;

public class Vibrator {
    public boolean there = true;
    public String felt = "";

    public boolean hasVibrator() { return there; }
    public void vibrate(VibrationEffect effect) { felt = effect.what; }
}
