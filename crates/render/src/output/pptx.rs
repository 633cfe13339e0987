//! PowerPoint.

use super::{Error, package::Package, png::png};
use crate::{Picture, escape::escaped};

/// The size of a slide, 16 to 9, in the unit of the format: a 914,400th of an inch.
const WIDTH: i64 = 12_192_000;
const HEIGHT: i64 = 6_858_000;
const MARGIN: i64 = 457_200;
/// Where the title ends and the picture begins.
const TITLE_END: i64 = 914_400;

const NAMESPACES: &str = "xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
     xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
     xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"";
const EMPTY_TREE: &str = "<p:nvGrpSpPr><p:cNvPr id=\"1\" name=\"\"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>";

/// A presentation of a slide for each picture, under its name.
pub fn pptx(title: &str, pictures: &[(String, Picture)]) -> Result<Vec<u8>, Error> {
    let mut package = Package::new();
    package.relations("_rels/.rels", &[("rId1", "officeDocument", "ppt/presentation.xml".to_owned())])?;
    let slides: String =
        (0..pictures.len()).map(|slide| format!("<p:sldId id=\"{}\" r:id=\"s{}\"/>", 256 + slide, slide + 1)).collect();
    package.part(
        "ppt/presentation.xml",
        "presentationml.presentation.main",
        &format!(
            "<p:presentation {NAMESPACES}><p:sldMasterIdLst><p:sldMasterId id=\"2147483648\" r:id=\"m1\"/></p:sldMasterIdLst>\
             <p:sldIdLst>{slides}</p:sldIdLst><p:sldSz cx=\"{WIDTH}\" cy=\"{HEIGHT}\"/><p:notesSz cx=\"{HEIGHT}\" cy=\"{WIDTH}\"/>\
             </p:presentation>"
        ),
    )?;
    let ids: Vec<String> = (1..=pictures.len()).map(|slide| format!("s{slide}")).collect();
    let mut relations = vec![
        ("m1", "slideMaster", "slideMasters/slideMaster1.xml".to_owned()),
        ("t1", "theme", "theme/theme1.xml".to_owned()),
    ];
    relations.extend(ids.iter().map(|id| (id.as_str(), "slide", format!("slides/slide{}.xml", &id[1..]))));
    package.relations("ppt/_rels/presentation.xml.rels", &relations)?;
    master(&mut package, title)?;
    for (index, (name, picture)) in pictures.iter().enumerate() {
        slide(&mut package, index + 1, name, picture)?;
    }
    package.finish()
}

fn slide(package: &mut Package, number: usize, name: &str, picture: &Picture) -> Result<(), Error> {
    // Slides are looked at large: twice the pixels, where that is not too many.
    let file = png(picture, 2.0).or_else(|_| png(picture, 1.0))?;
    package.png(&format!("ppt/media/image{number}.png"), &file)?;
    package.relations(
        &format!("ppt/slides/_rels/slide{number}.xml.rels"),
        &[
            ("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml".to_owned()),
            ("rId2", "image", format!("../media/image{number}.png")),
        ],
    )?;
    let room = (WIDTH - 2 * MARGIN, HEIGHT - TITLE_END - MARGIN);
    let (width, height) = (i64::from(picture.width.max(1)), i64::from(picture.height.max(1)));
    // The larger side fills its room, the other keeps the proportions.
    let (cx, cy) = if width * room.1 > height * room.0 {
        (room.0, room.0 * height / width)
    } else {
        (room.1 * width / height, room.1)
    };
    let (x, y) = (MARGIN + (room.0 - cx) / 2, TITLE_END + (room.1 - cy) / 2);
    let name = escaped(name).replace('\n', " ");
    package.part(
        &format!("ppt/slides/slide{number}.xml"),
        "presentationml.slide",
        &format!(
            "<p:sld {NAMESPACES}><p:cSld><p:spTree>{EMPTY_TREE}\
             <p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"Title\"/><p:cNvSpPr><a:spLocks noGrp=\"1\"/></p:cNvSpPr>\
             <p:nvPr><p:ph type=\"title\"/></p:nvPr></p:nvSpPr><p:spPr/>\
             <p:txBody><a:bodyPr/><a:p><a:r><a:rPr lang=\"en-US\"/><a:t>{name}</a:t></a:r></a:p></p:txBody></p:sp>\
             <p:pic><p:nvPicPr><p:cNvPr id=\"3\" name=\"{name}\" descr=\"{name}\"/>\
             <p:cNvPicPr><a:picLocks noChangeAspect=\"1\"/></p:cNvPicPr><p:nvPr/></p:nvPicPr>\
             <p:blipFill><a:blip r:embed=\"rId2\"/><a:stretch><a:fillRect/></a:stretch></p:blipFill>\
             <p:spPr><a:xfrm><a:off x=\"{x}\" y=\"{y}\"/><a:ext cx=\"{cx}\" cy=\"{cy}\"/></a:xfrm>\
             <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></p:spPr></p:pic>\
             </p:spTree></p:cSld></p:sld>"
        ),
    )
}

/// The one master and the one layout, with a place for the title, and the theme they need.
fn master(package: &mut Package, title: &str) -> Result<(), Error> {
    let place = format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"Title\"/><p:cNvSpPr><a:spLocks noGrp=\"1\"/></p:cNvSpPr>\
         <p:nvPr><p:ph type=\"title\"/></p:nvPr></p:nvSpPr>\
         <p:spPr><a:xfrm><a:off x=\"{MARGIN}\" y=\"{}\"/><a:ext cx=\"{}\" cy=\"{}\"/></a:xfrm>\
         <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></p:spPr>\
         <p:txBody><a:bodyPr anchor=\"ctr\"><a:normAutofit/></a:bodyPr><a:p><a:endParaRPr lang=\"en-US\"/></a:p></p:txBody></p:sp>",
        MARGIN / 2,
        WIDTH - 2 * MARGIN,
        TITLE_END - MARGIN / 2
    );
    package.part(
        "ppt/slideMasters/slideMaster1.xml",
        "presentationml.slideMaster",
        &format!(
            "<p:sldMaster {NAMESPACES}><p:cSld><p:bg><p:bgRef idx=\"1001\"><a:schemeClr val=\"bg1\"/></p:bgRef></p:bg>\
             <p:spTree>{EMPTY_TREE}{place}</p:spTree></p:cSld>\
             <p:clrMap bg1=\"lt1\" tx1=\"dk1\" bg2=\"lt2\" tx2=\"dk2\" accent1=\"accent1\" accent2=\"accent2\" accent3=\"accent3\" \
             accent4=\"accent4\" accent5=\"accent5\" accent6=\"accent6\" hlink=\"hlink\" folHlink=\"folHlink\"/>\
             <p:sldLayoutIdLst><p:sldLayoutId id=\"2147483649\" r:id=\"rId1\"/></p:sldLayoutIdLst>\
             <p:txStyles><p:titleStyle><a:lvl1pPr algn=\"l\"><a:defRPr sz=\"2400\"><a:solidFill><a:schemeClr val=\"tx1\"/></a:solidFill>\
             <a:latin typeface=\"+mj-lt\"/></a:defRPr></a:lvl1pPr></p:titleStyle><p:bodyStyle/><p:otherStyle/></p:txStyles>\
             </p:sldMaster>"
        ),
    )?;
    package.relations(
        "ppt/slideMasters/_rels/slideMaster1.xml.rels",
        &[
            ("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml".to_owned()),
            ("rId2", "theme", "../theme/theme1.xml".to_owned()),
        ],
    )?;
    package.part(
        "ppt/slideLayouts/slideLayout1.xml",
        "presentationml.slideLayout",
        &format!(
            "<p:sldLayout {NAMESPACES} type=\"titleOnly\"><p:cSld name=\"Title Only\"><p:spTree>{EMPTY_TREE}{place}</p:spTree>\
             </p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sldLayout>"
        ),
    )?;
    package.relations(
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels",
        &[("rId1", "slideMaster", "../slideMasters/slideMaster1.xml".to_owned())],
    )?;
    package.part("ppt/theme/theme1.xml", "theme", &theme(title))
}

/// A theme has to have twelve colours, two fonts, and three of each kind of fill, line and effect.
fn theme(name: &str) -> String {
    let named = [
        ("dk1", "333333"),
        ("lt1", "FFFFFF"),
        ("dk2", "49525E"),
        ("lt2", "F5F5F5"),
        ("accent1", "4E79A7"),
        ("accent2", "F28E2B"),
        ("accent3", "E15759"),
        ("accent4", "76B7B2"),
        ("accent5", "59A14F"),
        ("accent6", "EDC948"),
        ("hlink", "4E79A7"),
        ("folHlink", "B07AA1"),
    ];
    let colors: String =
        named.iter().map(|(name, color)| format!("<a:{name}><a:srgbClr val=\"{color}\"/></a:{name}>")).collect();
    let font = "<a:latin typeface=\"Arial\"/><a:ea typeface=\"\"/><a:cs typeface=\"\"/>";
    let fill = "<a:solidFill><a:schemeClr val=\"phClr\"/></a:solidFill>";
    let line = format!("<a:ln w=\"9525\">{fill}</a:ln>");
    let effect = "<a:effectStyle><a:effectLst/></a:effectStyle>";
    format!(
        "<a:theme xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" name=\"{}\"><a:themeElements>\
         <a:clrScheme name=\"Tavola\">{colors}</a:clrScheme>\
         <a:fontScheme name=\"Tavola\"><a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont></a:fontScheme>\
         <a:fmtScheme name=\"Tavola\"><a:fillStyleLst>{}</a:fillStyleLst><a:lnStyleLst>{}</a:lnStyleLst>\
         <a:effectStyleLst>{}</a:effectStyleLst><a:bgFillStyleLst>{}</a:bgFillStyleLst></a:fmtScheme>\
         </a:themeElements></a:theme>",
        escaped(name),
        fill.repeat(3),
        line.repeat(3),
        effect.repeat(3),
        fill.repeat(3)
    )
}
