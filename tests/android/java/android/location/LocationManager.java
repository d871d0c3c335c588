package android.location;

import android.app.PendingIntent;
import android.os.Looper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Executor;

/** Keeps who listens to what; the overloads are those of the real class. */
public class LocationManager {
    public List<String> providers = new ArrayList<>(Arrays.asList("passive", "gps", "network"));
    private final TreeMap<String, LocationListener> listeners = new TreeMap<>();

    public List<String> getAllProviders() { return providers; }

    public void requestLocationUpdates(
            String provider, long minTimeMs, float minDistanceM, LocationListener listener, Looper looper) {
        if (looper == null || minTimeMs != 1000) throw new IllegalArgumentException();
        listeners.put(provider, listener);
    }

    public void requestLocationUpdates(
            String provider, long minTimeMs, float minDistanceM, LocationListener listener) {
        throw new IllegalStateException("no looper on this thread");
    }

    public void requestLocationUpdates(
            String provider, long minTimeMs, float minDistanceM, Executor executor, LocationListener listener) {
        throw new IllegalStateException("since Android 11");
    }

    public void requestLocationUpdates(
            String provider, long minTimeMs, float minDistanceM, PendingIntent intent) {
        throw new IllegalStateException("another way");
    }

    public void requestLocationUpdates(
            long minTimeMs, float minDistanceM, Criteria criteria, LocationListener listener, Looper looper) {
        throw new IllegalStateException("another way");
    }

    public void removeUpdates(LocationListener listener) { listeners.values().removeIf(listener::equals); }
    public void removeUpdates(PendingIntent intent) { throw new IllegalStateException("another way"); }

    // For the tests
    public String listenedTo() { return String.join(",", listeners.keySet()); }
    public void deliver(Location location) { listeners.get(location.getProvider()).onLocationChanged(location); }

    public void deliverBatch(String provider, Location first, Location second) {
        listeners.get(provider).onLocationChanged(Arrays.asList(first, second));
    }

    public void tellEverythingElse(String provider) {
        LocationListener listener = listeners.get(provider);
        listener.onProviderDisabled(provider);
        listener.onProviderEnabled(provider);
        listener.onStatusChanged(provider, 2, null);
        listener.onFlushComplete(1);
    }
}
