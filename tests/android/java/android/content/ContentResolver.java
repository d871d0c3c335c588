package android.content;

public class ContentResolver {
    public int boots = 41;
}
