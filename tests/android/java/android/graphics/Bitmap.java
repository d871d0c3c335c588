package android.graphics;

import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.awt.image.AffineTransformOp;
import java.awt.image.BufferedImage;
import java.io.OutputStream;
import javax.imageio.ImageIO;

/** Pixels, by the JDK's own imaging. */
public class Bitmap {
    public enum CompressFormat { JPEG, PNG, WEBP }

    final BufferedImage image;

    Bitmap(BufferedImage image) { this.image = image; }

    public int getWidth() { return image.getWidth(); }
    public int getHeight() { return image.getHeight(); }
    public void recycle() {}

    public static Bitmap createBitmap(
            Bitmap source, int x, int y, int width, int height, Matrix matrix, boolean filter) {
        AffineTransform turned = new AffineTransform(matrix.transform);
        Rectangle2D bounds = turned
            .createTransformedShape(new Rectangle2D.Float(x, y, width, height)).getBounds2D();
        turned.preConcatenate(
            AffineTransform.getTranslateInstance(-bounds.getX(), -bounds.getY()));
        BufferedImage target = new BufferedImage(
            (int) Math.round(bounds.getWidth()), (int) Math.round(bounds.getHeight()),
            BufferedImage.TYPE_INT_RGB);
        new AffineTransformOp(turned, AffineTransformOp.TYPE_BILINEAR).filter(source.image, target);
        return new Bitmap(target);
    }

    public boolean compress(CompressFormat format, int quality, OutputStream stream) {
        try {
            return ImageIO.write(image, "jpg", stream);
        } catch (java.io.IOException full) {
            return false;
        }
    }
}
