package android.app;

/** A kind of notices that can be silenced together. */
public class NotificationChannel {
    public final String id;
    public final String name;

    public NotificationChannel(String id, CharSequence name, int importance) {
        this.id = id;
        this.name = name.toString();
    }
}
