package android.security.keystore;

import java.security.spec.AlgorithmParameterSpec;

public final class KeyGenParameterSpec implements AlgorithmParameterSpec {
    public final String alias, blockMode, padding;
    public final int purposes;

    private KeyGenParameterSpec(Builder builder) {
        alias = builder.alias;
        purposes = builder.purposes;
        blockMode = builder.blockModes[0];
        padding = builder.paddings[0];
    }

    public static final class Builder {
        private final String alias;
        private final int purposes;
        private String[] blockModes, paddings;

        public Builder(String alias, int purposes) {
            this.alias = alias;
            this.purposes = purposes;
        }

        public Builder setBlockModes(String... modes) {
            blockModes = modes;
            return this;
        }

        public Builder setEncryptionPaddings(String... paddings) {
            this.paddings = paddings;
            return this;
        }

        public KeyGenParameterSpec build() { return new KeyGenParameterSpec(this); }
    }
}
