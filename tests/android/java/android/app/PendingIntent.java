package android.app;

import android.content.Context;
import android.content.Intent;

/** An intent that somebody else may send. */
public class PendingIntent {
    public static final int FLAG_IMMUTABLE = 0x04000000;
    public Intent intent;

    public static PendingIntent getActivity(Context context, int request, Intent intent, int flags) {
        if ((flags & FLAG_IMMUTABLE) == 0) throw new IllegalArgumentException("say whether it may change");
        PendingIntent made = new PendingIntent();
        made.intent = intent;
        return made;
    }
}
