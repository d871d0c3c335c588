package android.os;

/** What may travel between apps. */
public interface Parcelable {}
