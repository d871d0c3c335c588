package android.net;

public class ConnectivityManager {
    public Network active = new Network();
    public NetworkCapabilities capabilities = new NetworkCapabilities();
    public Network getActiveNetwork() { return active; }
    public NetworkCapabilities getNetworkCapabilities(Network network) { return capabilities; }
}
