package org.tapak.test;

import android.security.keystore.KeyGenParameterSpec;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.InvalidAlgorithmParameterException;
import java.security.Key;
import java.security.KeyStoreSpi;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.KeyGenerator;
import javax.crypto.KeyGeneratorSpi;
import javax.crypto.SecretKey;

/** A key store by Android's name that keeps its keys in memory, and refuses what Android refuses. */
public class PhoneKeyStore extends Provider {
    private static final Map<String, SecretKey> KEYS = new HashMap<>();

    public PhoneKeyStore() {
        super("AndroidKeyStore", "1", "keys in memory");
        put("KeyStore.AndroidKeyStore", Store.class.getName());
        put("KeyGenerator.AES", Generator.class.getName());
    }

    public static void install() { Security.addProvider(new PhoneKeyStore()); }
    public static void forget() { KEYS.clear(); }
    public static int count() { return KEYS.size(); }

    public static class Generator extends KeyGeneratorSpi {
        private KeyGenParameterSpec spec;

        @Override protected void engineInit(SecureRandom random) { throw new IllegalStateException(); }
        @Override protected void engineInit(int size, SecureRandom random) { throw new IllegalStateException(); }

        @Override protected void engineInit(AlgorithmParameterSpec given, SecureRandom random)
                throws InvalidAlgorithmParameterException {
            spec = (KeyGenParameterSpec) given;
            if (spec.purposes != 3 || !spec.blockMode.equals("GCM") || !spec.padding.equals("NoPadding"))
                throw new InvalidAlgorithmParameterException("not for AES/GCM/NoPadding both ways");
        }

        @Override protected SecretKey engineGenerateKey() {
            try {
                KeyGenerator real = KeyGenerator.getInstance("AES", "SunJCE");
                real.init(256);
                KEYS.put(spec.alias, real.generateKey());
                return KEYS.get(spec.alias);
            } catch (java.security.GeneralSecurityException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    public static class Store extends KeyStoreSpi {
        @Override public Key engineGetKey(String alias, char[] password) { return KEYS.get(alias); }
        @Override public boolean engineContainsAlias(String alias) { return KEYS.containsKey(alias); }
        @Override public boolean engineIsKeyEntry(String alias) { return KEYS.containsKey(alias); }
        @Override public int engineSize() { return KEYS.size(); }
        @Override public Enumeration<String> engineAliases() { return Collections.enumeration(KEYS.keySet()); }
        @Override public void engineDeleteEntry(String alias) { KEYS.remove(alias); }
        @Override public void engineLoad(InputStream stream, char[] password) {}
        @Override public void engineStore(OutputStream stream, char[] password) {}
        @Override public Certificate[] engineGetCertificateChain(String alias) { return null; }
        @Override public Certificate engineGetCertificate(String alias) { return null; }
        @Override public Date engineGetCreationDate(String alias) { return null; }
        @Override public void engineSetKeyEntry(String alias, Key key, char[] password, Certificate[] chain) {}
        @Override public void engineSetKeyEntry(String alias, byte[] key, Certificate[] chain) {}
        @Override public void engineSetCertificateEntry(String alias, Certificate certificate) {}
        @Override public boolean engineIsCertificateEntry(String alias) { return false; }
        @Override public String engineGetCertificateAlias(Certificate certificate) { return null; }
    }
}
