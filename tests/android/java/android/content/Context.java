package android.content;

import android.app.NotificationManager;
import android.content.pm.ApplicationInfo;
import android.location.LocationManager;
import android.net.ConnectivityManager;
import android.os.BatteryManager;
import android.os.Handler;
import android.os.Vibrator;
import java.io.File;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The app's context: its services, settings and receivers. */
public class Context {
    public final LocationManager location = new LocationManager();
    public final ConnectivityManager connectivity = new ConnectivityManager();
    public final BatteryManager battery = new BatteryManager();
    public final ContentResolver resolver = new ContentResolver();
    public final NotificationManager notices = new NotificationManager();
    public final Vibrator vibrator = new Vibrator();
    public final Set<String> granted = new TreeSet<>();
    public Intent started;
    public boolean hasNoApp;
    public File shared = null;
    private final Map<String, BroadcastReceiver> receivers = new HashMap<>();

    public Object getSystemService(String name) {
        switch (name) {
            case "location": return location;
            case "connectivity": return connectivity;
            case "batterymanager": return battery;
            case "notification": return notices;
            case "vibrator": return vibrator;
            default: return null;
        }
    }

    public final <T> T getSystemService(Class<T> service) {
        throw new IllegalStateException("another way");
    }

    public File getExternalFilesDir(String type) { return shared; }

    public int checkSelfPermission(String permission) { return granted.contains(permission) ? 0 : -1; }

    public ApplicationInfo getApplicationInfo() { return new ApplicationInfo(); }

    public void startActivity(Intent intent) {
        if (hasNoApp) throw new ActivityNotFoundException("no app for it");
        started = intent;
    }

    public ContentResolver getContentResolver() { return resolver; }

    public Intent registerReceiver(
            BroadcastReceiver receiver, IntentFilter filter, String permission, Handler scheduler) {
        for (String action : filter.actions) receivers.put(action, receiver);
        return null;
    }

    public void unregisterReceiver(BroadcastReceiver receiver) { receivers.values().remove(receiver); }

    // For the tests
    public void broadcast(String action) { receivers.get(action).onReceive(this, new Intent()); }
}
