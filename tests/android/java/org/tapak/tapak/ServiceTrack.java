package org.tapak.tapak;

import android.content.Context;

/** What python-for-android makes of `services` in the spec. */
public class ServiceTrack {
    public static String told = "";
    public static boolean forbidden;

    public static void start(
            Context context, String icon, String title, String text, String argument) {
        if (forbidden) throw new IllegalStateException("ForegroundServiceStartNotAllowedException");
        told = title + ": " + text;
    }

    public static void stop(Context context) { told = ""; }
}
