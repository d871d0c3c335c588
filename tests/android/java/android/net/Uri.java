package android.net;

/** An address. */
public class Uri implements android.os.Parcelable {
    private final String text;

    public Uri(String text) { this.text = text; }

    public static Uri parse(String text) { return new Uri(text); }

    @Override public String toString() { return text; }
}
