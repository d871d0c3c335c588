package org.kivy.android;

import android.content.Context;
import android.content.Intent;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;

/** The activity python-for-android starts, as far as permissions go. */
public class PythonActivity extends Context {
    public static PythonActivity mActivity = new PythonActivity();

    public final Set<String> asked = new TreeSet<>();
    public int timesAsked;

    public interface PermissionsCallback {
        void onRequestPermissionsResult(int code, String[] permissions, int[] results);
    }

    public interface ActivityResultListener {
        void onActivityResult(int request, int result, Intent data);
    }

    public interface NewIntentListener {
        void onNewIntent(Intent intent);
    }

    private final Set<ActivityResultListener> resultListeners = new LinkedHashSet<>();
    public Intent opened;
    public boolean isAway;
    public String refusal = "";

    public String getPackageName() { return "org.tapak.tapak"; }
    public void registerActivityResultListener(ActivityResultListener one) { resultListeners.add(one); }
    public void unregisterActivityResultListener(ActivityResultListener one) { resultListeners.remove(one); }

    public void startActivityForResult(Intent intent, int request) {
        if (refusal.equals("missing")) throw new android.content.ActivityNotFoundException("no camera");
        if (refusal.equals("forbidden")) throw new SecurityException("no camera for you");
        opened = intent;
        isAway = true;
    }

    /** The other app is done, as Android tells it: on the main thread. */
    public void comeBack(int request, int result) {
        isAway = false;
        for (ActivityResultListener one : resultListeners) one.onActivityResult(request, result, null);
    }

    public void addPermissionsCallback(PermissionsCallback callback) {}
    public boolean checkCurrentPermission(String permission) { return granted.contains(permission); }

    public void requestPermissions(String[] permissions) {
        timesAsked++;
        asked.addAll(java.util.Arrays.asList(permissions));
    }

    public void requestPermissionsWithRequestCode(String[] permissions, int code) {
        requestPermissions(permissions);
    }

    // For the tests
    public void grant(String permission) { granted.add(permission); }
    public void revoke(String permission) { granted.remove(permission); }
    public String asked() { return String.join(",", asked); }
}
