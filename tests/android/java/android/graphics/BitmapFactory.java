package android.graphics;

import java.awt.Image;
import java.awt.image.BufferedImage;
import java.io.File;
import javax.imageio.ImageIO;

/** Reads pictures; null where there is none, as Android does. */
public class BitmapFactory {
    public static class Options {
        public boolean inJustDecodeBounds;
        public int inSampleSize = 1;
        public int outWidth = -1;
        public int outHeight = -1;
    }

    public static int largestPixels;

    public static Bitmap decodeFile(String path, Options options) {
        BufferedImage image;
        try {
            image = ImageIO.read(new File(path));
        } catch (java.io.IOException unreadable) {
            return null;
        }
        if (image == null) return null;
        options.outWidth = image.getWidth();
        options.outHeight = image.getHeight();
        if (options.inJustDecodeBounds) return null;
        int width = image.getWidth() / options.inSampleSize;
        int height = image.getHeight() / options.inSampleSize;
        largestPixels = Math.max(largestPixels, width * height);
        BufferedImage smaller = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        smaller.getGraphics().drawImage(image.getScaledInstance(width, height, Image.SCALE_FAST), 0, 0, null);
        return new Bitmap(smaller);
    }
}
