package android.location;

/** A fix as Android delivers it; the accessors are those of the real class. */
public class Location {
    private final String provider;
    public double latitude, longitude, altitude = Double.NaN;
    public float accuracy = Float.NaN, speed = Float.NaN;
    public long time, elapsedRealtimeNanos;
    public boolean mock;

    public Location(String provider) { this.provider = provider; }

    public String getProvider() { return provider; }
    public double getLatitude() { return latitude; }
    public double getLongitude() { return longitude; }
    public boolean hasAccuracy() { return !Float.isNaN(accuracy); }
    public float getAccuracy() { return accuracy; }
    public boolean hasSpeed() { return !Float.isNaN(speed); }
    public float getSpeed() { return speed; }
    public boolean hasAltitude() { return !Double.isNaN(altitude); }
    public double getAltitude() { return altitude; }
    public long getTime() { return time; }
    public long getElapsedRealtimeNanos() { return elapsedRealtimeNanos; }

    public boolean isFromMockProvider() {
        if (android.os.Build.VERSION.SDK_INT >= 31) throw new NoSuchMethodError("asked the old way");
        return mock;
    }

    public boolean isMock() {
        if (android.os.Build.VERSION.SDK_INT < 31) throw new NoSuchMethodError("since Android 12");
        return mock;
    }
}
