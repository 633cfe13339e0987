//! Damage of any kind: a value or a refusal, never a panic, and never more memory than allowed.

use proptest::{collection::vec, prelude::*};
use tavola_workbook::Limits;

use crate::{
    trial::{any_bytes, any_package},
    zips::{Entry, Lies, by_hand, package, read_with},
};

const TWB: &str = "<?xml version='1.0' encoding='utf-8' ?>
<workbook original-version='18.1' source-build='2022.1.0' version='18.1' xmlns:user='http://www.tableausoftware.com/xml/user'>
  <datasources>
    <datasource hasconnection='false' name='Parameters'><column caption='Top' datatype='integer' name='[P]' param-domain-type='list' value='5'><members><member value='5'/></members></column></datasource>
    <datasource caption='Sales' name='federated.1'>
      <connection class='federated'><named-connections><named-connection name='a'><connection class='textscan' directory='Data' filename='a.csv'/></named-connection></named-connections>
        <_.fcp.O.true...relation join='inner' type='join'><clause><expression op='='><expression op='[a].[b]'/></expression></clause><relation name='q' type='text'>select 1 &lt; 2</relation></_.fcp.O.true...relation>
        <metadata-records><metadata-record class='column'><local-name>[b]]c]</local-name><local-type>real</local-type></metadata-record></metadata-records></connection>
      <column datatype='real' name='[Calc]' role='measure' type='quantitative'><calculation class='tableau' formula='SUM([x])&#13;&#10;'/></column>
      <column name='[G]'><calculation class='categorical-bin' column='[x]'><bin value='1'><value>2</value></bin></calculation></column>
      <extract enabled='true'><connection class='hyper' dbname='Data/a.hyper'/></extract>
    </datasource>
  </datasources>
  <worksheets><worksheet name='One'><table><view><datasources><datasource name='federated.1'/></datasources><datasource-dependencies datasource='federated.1'>
    <column-instance column='[x]' derivation='Sum' name='[sum:x:qk]' type='quantitative'><table-calc ordering-type='Field' type='Rank'><order field='[a].[b]'/></table-calc></column-instance></datasource-dependencies>
    <filter class='categorical' column='[federated.1].[none:G:nk]'><groupfilter count='5' end='top' function='end'><groupfilter expression='SUM([x])' function='order'>
      <groupfilter function='crossjoin'><groupfilter function='level-members' level='[none:G:nk]'/><groupfilter function='member' level='[y]' member='1'/></groupfilter></groupfilter></groupfilter></filter>
    <filter class='quantitative' column='[federated.1].[sum:x:qk]' included-values='in-range'><min>1</min></filter>
    <slices><column>[federated.1].[none:s:nk]</column></slices><manual-sort column='[a].[b]'><dictionary><bucket>1</bucket></dictionary></manual-sort></view>
    <style><style-rule element='mark'><encoding attr='color' field='[a].[b]' type='palette'><map to='#ffffff'><bucket>1</bucket></map></encoding></style-rule></style>
    <panes><pane><mark class='Bar'/><encodings><color column='[a].[b]'/></encodings><reference-line id='r' value-column='[a].[b]'/></pane></panes>
    <rows>(([a].[b] / [a].[c]) * ([a].[d]] + x] + [a].[e]))</rows></table></worksheet></worksheets>
  <shared-views><shared-view name='federated.1'><filter class='categorical' column='[none:s:nk]'/></shared-view></shared-views>
  <dashboards><dashboard name='Two'><zones><zone><zone name='One'/><zone type='text'><formatted-text><run>Hi</run></formatted-text></zone></zone></zones></dashboard></dashboards>
  <windows><window class='worksheet' name='One' hidden='true'/><window class='dashboard' name='Two' maximized='true'/></windows>
  <thumbnails><thumbnail name='One'>iVBORw0KGgoAAAANSUhEUg==</thumbnail></thumbnails>
</workbook>";

/// What may be done to a file.
#[derive(Debug, Clone)]
enum Damage {
    Set(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Repeat(usize, usize),
    Cut(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let piece = prop_oneof![
        vec(any::<u8>(), 1..8),
        proptest::sample::select(vec![
            "<",
            ">",
            "'",
            "&",
            "&lt;",
            "&#0;",
            "&#x10ffff;",
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "<?",
            "/>",
            "</",
            "\0",
            "_.fcp.A.false...",
            "_.fcp.",
            "[",
            "]",
            "PK\x03\x04",
            "PK\x01\x02",
            "PK\x05\x06",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop_oneof![
        4 => (any::<usize>(), any::<u8>()).prop_map(|(place, byte)| Damage::Set(place, byte)),
        4 => (any::<usize>(), piece).prop_map(|(place, bytes)| Damage::Insert(place, bytes)),
        2 => (any::<usize>(), 1..40usize).prop_map(|(place, length)| Damage::Remove(place, length)),
        2 => (any::<usize>(), 1..400usize).prop_map(|(place, length)| Damage::Repeat(place, length)),
        1 => any::<usize>().prop_map(Damage::Cut),
    ]
}

fn damaged(mut bytes: Vec<u8>, all: &[Damage]) -> Vec<u8> {
    for damage in all {
        let place = |place: usize| place % bytes.len().max(1);
        match damage {
            Damage::Set(at, byte) => {
                let at = place(*at);
                if let Some(old) = bytes.get_mut(at) {
                    *old = *byte;
                }
            }
            Damage::Insert(at, piece) => {
                let at = place(*at);
                bytes.splice(at..at, piece.iter().copied());
            }
            Damage::Remove(at, length) => {
                let at = place(*at);
                bytes.drain(at..bytes.len().min(at + length));
            }
            Damage::Repeat(at, length) => {
                let at = place(*at);
                let piece = bytes[at..bytes.len().min(at + length)].to_vec();
                bytes.splice(at..at, piece);
            }
            Damage::Cut(at) => {
                let at = place(*at);
                bytes.truncate(at);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_document_is_a_value_or_a_refusal(all in vec(damage(), 1..6)) {
        any_bytes(&damaged(TWB.into(), &all));
    }

    #[test]
    fn a_damaged_package_is_a_value_or_a_refusal(all in vec(damage(), 1..6), stored in any::<bool>()) {
        let entries: [(&str, &[u8]); 2] = [("a.twb", TWB.as_bytes()), ("Data/a.hyper", b"Hyper\x08\0\0and so on")];
        let bytes = if stored {
            by_hand(&entries.map(|(name, data)| Entry::stored(name, data)), &Lies::default())
        } else {
            package(&entries)
        };
        any_bytes(&damaged(bytes, &all));
    }

    #[test]
    fn any_bytes_are_a_value_or_a_refusal(data in vec(any::<u8>(), 0..400)) {
        any_bytes(&data);
        any_package(&data);
    }
}

#[test]
fn the_document_that_is_damaged_is_sound() {
    let package = read_with(TWB, Limits::default()).unwrap();
    assert_eq!(package.notes(), []);
    assert_eq!(package.workbook().unwrap().default_view().unwrap().name, "Two");
}
