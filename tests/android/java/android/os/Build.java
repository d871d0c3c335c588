package android.os;

public class Build {
    public static String MANUFACTURER = "Nusa";
    public static String MODEL = "N12";

    public static class VERSION {
        public static int SDK_INT = 34;
        public static String RELEASE = "14";
    }
}
