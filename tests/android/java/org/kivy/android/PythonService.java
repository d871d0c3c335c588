package org.kivy.android;

import android.content.Context;

/** The service python-for-android starts, in a process without an activity. */
public class PythonService extends Context {
    public static PythonService mService = null;
    public boolean startsAgain;
    public boolean stopped;

    public void setAutoRestartService(boolean again) { startsAgain = again; }
    public void stopSelf() { stopped = true; }
    public String getPackageName() { return "org.tapak.tapak"; }
}
