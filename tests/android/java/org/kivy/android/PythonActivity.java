package org.kivy.android;

import android.content.Context;
import java.util.Set;
import java.util.TreeSet;

/** The activity python-for-android starts, as far as permissions go. */
public class PythonActivity extends Context {
    public static PythonActivity mActivity = new PythonActivity();

    public final Set<String> granted = new TreeSet<>();
    public final Set<String> asked = new TreeSet<>();
    public int timesAsked;

    public interface PermissionsCallback {
        void onRequestPermissionsResult(int code, String[] permissions, int[] results);
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
