package android.app;

import android.content.Context;

/** Words beside the clock. */
public class Notification {
    public String channel = "";
    public String title = "";
    public String text = "";
    public int icon;
    public PendingIntent opens;
    public boolean goesWhenTapped;

    public static class Builder {
        private final Notification made = new Notification();

        public Builder(Context context, String channel) { made.channel = channel; }
        public Builder setContentTitle(CharSequence title) { made.title = title.toString(); return this; }
        public Builder setContentText(CharSequence text) { made.text = text.toString(); return this; }
        public Builder setSmallIcon(int icon) { made.icon = icon; return this; }
        public Builder setContentIntent(PendingIntent intent) { made.opens = intent; return this; }
        public Builder setAutoCancel(boolean goes) { made.goesWhenTapped = goes; return this; }
        public Notification build() { return made; }
    }
}
