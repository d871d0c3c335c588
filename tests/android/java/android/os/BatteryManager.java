package android.os;

/** How full the battery is. */
public class BatteryManager {
    public int capacity = 100;

    public int getIntProperty(int property) {
        if (property != 4) throw new IllegalArgumentException("another property");
        return capacity;
    }
}
