//! PNG.

use png::{BitDepth, ColorType, Compression, Encoder, Filter};
use resvg::tiny_skia::{Color, Pixmap, Transform};

use super::{Error, read};
use crate::Picture;

/// The most pixels a picture may have: 256 MiB of memory.
const MOST_PIXELS: u64 = 64 << 20;

/// The picture as PNG on white, `scale` pixels for each of its own: 1, or 2 for a high resolution.
pub fn png(picture: &Picture, scale: f32) -> Result<Vec<u8>, Error> {
    let scaled = |size: u32| (f64::from(size.max(1)) * f64::from(scale)).ceil().clamp(1.0, f64::from(u32::MAX)) as u32;
    let (width, height) = (scaled(picture.width), scaled(picture.height));
    let too_large = || Error::TooLarge(width, height);
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(too_large());
    }
    let tree = read(&picture.svg)?;
    let mut pixels = Pixmap::new(width, height).ok_or_else(too_large)?;
    pixels.fill(Color::WHITE);
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    // On white nothing shines through: three bytes a pixel tell all.
    let mut opaque = vec![0; pixels.data().len() / 4 * 3];
    for (to, from) in opaque.chunks_exact_mut(3).zip(pixels.data().chunks_exact(4)) {
        to.copy_from_slice(&from[..3]);
    }
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    // Charts are flat: without filters they become smallest, and do so in a tenth of the time that filters need.
    encoder.set_compression(Compression::Balanced);
    encoder.set_filter(Filter::NoFilter);
    let mut writer = encoder.write_header().map_err(unwritable)?;
    writer.write_image_data(&opaque).map_err(unwritable)?;
    writer.finish().map_err(unwritable)?;
    Ok(file)
}

fn unwritable(error: png::EncodingError) -> Error {
    Error::Unwritable(error.to_string())
}
