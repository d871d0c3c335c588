package android.net;

public class NetworkCapabilities {
    public static final int NET_CAPABILITY_INTERNET = 12;
    public static final int NET_CAPABILITY_NOT_METERED = 11;
    public boolean internet = true;
    public boolean metered;
    public boolean hasCapability(int capability) {
        if (capability == NET_CAPABILITY_NOT_METERED) return !metered;
        return capability == NET_CAPABILITY_INTERNET && internet;
    }
}
