package android.net;

public class NetworkCapabilities {
    public static final int NET_CAPABILITY_INTERNET = 12;
    public boolean internet = true;
    public boolean hasCapability(int capability) { return capability == NET_CAPABILITY_INTERNET && internet; }
}
