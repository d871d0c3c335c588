package android.provider;

import android.content.ContentResolver;

public class Settings {
    public static class Global {
        public static final String BOOT_COUNT = "boot_count";

        public static int getInt(ContentResolver resolver, String name, int otherwise) {
            return name.equals(BOOT_COUNT) ? resolver.boots : otherwise;
        }

        public static int getInt(ContentResolver resolver, String name) {
            return getInt(resolver, name, -1);
        }
    }
}
