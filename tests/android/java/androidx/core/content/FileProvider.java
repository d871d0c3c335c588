package androidx.core.content;

import android.content.Context;
import android.net.Uri;
import java.io.File;

/** Gives a file an address that another app may be granted. */
public class FileProvider {
    public static Uri getUriForFile(Context context, String authority, File file) {
        return new Uri("content://" + authority + file.getPath());
    }
}
