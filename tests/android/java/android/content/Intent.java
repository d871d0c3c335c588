package android.content;

import android.net.Uri;
import android.os.Parcelable;
import java.util.HashMap;
import java.util.Map;

/** What one app asks of another. */
public class Intent {
    public static final String ACTION_DIAL = "android.intent.action.DIAL";
    public static final String ACTION_VIEW = "android.intent.action.VIEW";
    public static final int FLAG_GRANT_READ_URI_PERMISSION = 1;
    public static final int FLAG_GRANT_WRITE_URI_PERMISSION = 2;

    private final Map<String, Object> extras = new HashMap<>();
    private final String action;
    private int flags;
    private Uri data;
    private String target = "";

    public Intent() { this(null); }
    public Intent(String action) { this.action = action; }
    public Intent(String action, Uri data) { this(action); this.data = data; }
    public Intent setClassName(Context context, String name) { target = name; return this; }
    public String getAction() { return action; }
    public Intent putExtra(String name, Parcelable value) { extras.put(name, value); return this; }
    public Intent putExtra(String name, String value) { extras.put(name, value); return this; }
    public Intent addFlags(int more) { flags |= more; return this; }
    public int getFlags() { return flags; }
    // For the tests
    public String address() { return String.valueOf(data); }
    public String target() { return target; }
    public String text(String name) { return String.valueOf(extras.get(name)); }
}
