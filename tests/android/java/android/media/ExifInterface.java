package android.media;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;

/** Only the orientation, found by its tag in a JPEG of either byte order. */
public class ExifInterface {
    private final byte[] bytes;

    public ExifInterface(String path) throws IOException {
        bytes = Files.readAllBytes(new File(path).toPath());
    }

    public int getAttributeInt(String tag, int otherwise) {
        for (int at = 0; at + 10 < Math.min(bytes.length, 400); at++) {
            if (bytes[at] == 0x01 && bytes[at + 1] == 0x12 && bytes[at + 3] == 3) return bytes[at + 9];
            if (bytes[at] == 0x12 && bytes[at + 1] == 0x01 && bytes[at + 2] == 3) return bytes[at + 8];
        }
        return otherwise;
    }
}
