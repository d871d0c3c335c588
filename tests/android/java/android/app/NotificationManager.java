package android.app;

import java.util.Map;
import java.util.TreeMap;

/** What lies beside the clock: a notice of the same tag takes the place of the one before. */
public class NotificationManager {
    public final Map<String, NotificationChannel> channels = new TreeMap<>();
    public final Map<String, Notification> shown = new TreeMap<>();
    public boolean enabled = true;

    public void createNotificationChannel(NotificationChannel channel) { channels.put(channel.id, channel); }
    public boolean areNotificationsEnabled() { return enabled; }

    public void notify(String tag, int id, Notification notification) {
        if (!channels.containsKey(notification.channel)) throw new IllegalArgumentException("no such channel");
        shown.put(tag, notification);
    }
}
