package android.location;

import android.os.Bundle;
import java.util.List;

/** The interface of Android 12 and newer, with the same defaults. */
public interface LocationListener {
    void onLocationChanged(Location location);

    default void onLocationChanged(List<Location> locations) {
        for (Location location : locations) onLocationChanged(location);
    }

    default void onFlushComplete(int requestCode) {}
    default void onStatusChanged(String provider, int status, Bundle extras) {}
    default void onProviderEnabled(String provider) {}
    default void onProviderDisabled(String provider) {}
}
