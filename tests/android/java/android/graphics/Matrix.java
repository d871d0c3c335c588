package android.graphics;

import java.awt.geom.AffineTransform;

/** A transformation of coordinates. */
public class Matrix {
    final AffineTransform transform = new AffineTransform();

    public boolean postScale(float x, float y) {
        transform.preConcatenate(AffineTransform.getScaleInstance(x, y));
        return true;
    }

    public boolean postRotate(float degrees) {
        transform.preConcatenate(AffineTransform.getQuadrantRotateInstance(Math.round(degrees / 90)));
        return true;
    }
}
