package org.tapak.test;

import java.awt.Color;
import java.awt.Graphics;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.file.Files;
import javax.imageio.ImageIO;

/** Pictures as a camera leaves them: red above, blue below, and how the phone was held. */
public class Pictures {
    public static void write(String path, int width, int height, int turned) throws Exception {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics pen = image.getGraphics();
        pen.setColor(Color.RED);
        pen.fillRect(0, 0, width, height / 2);
        pen.setColor(Color.BLUE);
        pen.fillRect(0, height / 2, width, height - height / 2);
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        ImageIO.write(image, "jpg", plain);
        byte[] exif = {
            (byte) 0xff, (byte) 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,
            'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte) turned, 0, 0,
            0, 0, 0, 0};
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(plain.toByteArray(), 0, 2);
        whole.write(exif);
        whole.write(plain.toByteArray(), 2, plain.size() - 2);
        Files.write(new File(path).toPath(), whole.toByteArray());
    }

    public static int colour(String path, int x, int y) throws Exception {
        return ImageIO.read(new File(path)).getRGB(x, y) & 0xffffff;
    }
}
