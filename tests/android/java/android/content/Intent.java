package android.content;

import android.os.Parcelable;
import java.util.HashMap;
import java.util.Map;

/** What one app asks of another. */
public class Intent {
    public static final int FLAG_GRANT_READ_URI_PERMISSION = 1;
    public static final int FLAG_GRANT_WRITE_URI_PERMISSION = 2;

    private final Map<String, Object> extras = new HashMap<>();
    private final String action;
    private int flags;

    public Intent() { this(null); }
    public Intent(String action) { this.action = action; }
    public String getAction() { return action; }
    public Intent putExtra(String name, Parcelable value) { extras.put(name, value); return this; }
    public Intent putExtra(String name, String value) { extras.put(name, value); return this; }
    public Intent addFlags(int more) { flags |= more; return this; }
    public int getFlags() { return flags; }
    // For the tests
    public String text(String name) { return String.valueOf(extras.get(name)); }
}
