#!/usr/bin/env python3
"""Writes the registry of the demo pack: python3 cities/generate_thai_nguyen.py
Fibre, Wi-Fi, queues, rivers, rain and air; the other kinds are written by generate_thai_nguyen_services.py.

The pack does not need this script: its output, cities/thai-nguyen/assets/*.csv, is committed. The script is kept so that the
estimates can be read and changed. Same seed, same files. What is the province's own and what is estimated: README.md there.
"""

import csv
import math
import random
from collections import namedtuple
from pathlib import Path

PACK = Path(__file__).parent / "thai-nguyen"
SEED = 2021
KM_PER_DEGREE = 111.0

Area = namedtuple("Area", "code parent name short lat lon")
# `ring` is the access ring a site hangs on; `uplink` the asset that carries its traffic: that ring, or the tail that leads to it.
Site = namedtuple("Site", "name kind area lat lon ring uplink")
Ring = namedtuple("Ring", "id name area parent stm nodes")

rng = random.Random(SEED)


def read_areas():
    rows = list(csv.DictReader(open(PACK / "areas.csv", encoding="utf-8")))
    make = lambda r: Area(r["code"], r["parent"], r["name_vi"], r["name_vi"].split(" ", 1)[1], float(r["lat"]), float(r["lon"]))
    districts = {r["code"]: make(r) for r in rows if r["level"] == "district"}
    return districts, [make(r) for r in rows if r["level"] == "commune"]


def near(lat, lon, km, source=rng):
    """A point at most `km` away, denser towards the middle: settlements gather around the seat."""
    angle, distance = source.uniform(0, 2 * math.pi), km * source.random()
    return (
        lat + distance * math.sin(angle) / KM_PER_DEGREE,
        lon + distance * math.cos(angle) / (KM_PER_DEGREE * math.cos(math.radians(lat))),
    )


def around(centre, points):
    """The points in the order a cable around the centre meets them."""
    return sorted(points, key=lambda p: math.atan2(p.lat - centre.lat, p.lon - centre.lon))


def middle(a, b):
    return (a.lat + b.lat) / 2, (a.lon + b.lon) / 2


def write(name, header, rows):
    with open(PACK / "assets" / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header.split(","))
        out.writerows([f"{c:.5f}" if isinstance(c, float) else c for c in row] for row in rows)
    print(f"{name}: {len(rows)}")


# --- Sites -----------------------------------------------------------------------------------------------------------

SCHOOLS = ["Trường Mầm non", "Trường Tiểu học", "Trường THCS"]


def commune_sites(commune, stations, schools):
    """What stands on a commune's access rings: (name, kind)."""
    full = commune.name[0].lower() + commune.name[1:]
    yield f"Trung tâm phục vụ hành chính công {full}", "office"
    yield f"Công an {full}", "police"
    yield f"Bưu điện văn hóa {full}", "post"
    yield f"Quảng trường {full}", "square"
    for i in range(stations):
        yield f"Trạm y tế số {i + 1} {full}", "health-station"
    for i in range(schools):
        label, number = SCHOOLS[i % 3], i // 3 + 1
        yield (f"{label} số {number} {full}" if i < schools - 1 or schools % 3 else f"Trường THPT {commune.short}"), "school"


def share(total, parts, source=rng):
    """`total` things over `parts` places as evenly as whole numbers allow, the larger shares strewn."""
    counts = [total // parts + (i < total % parts) for i in range(parts)]
    source.shuffle(counts)
    return counts


class Network:
    """Sites, the rings through them and the links between, as they are laid out."""

    def __init__(self, districts, communes):
        self.districts, self.communes = districts, communes
        self.rings, self.links, self.sites = [], [], []
        self.hub = Site("Trung tâm dữ liệu tỉnh Thái Nguyên", "hub", "05443", 21.592, 105.842, "", "")

    def build(self):
        hubs = {d.code: self.district_hub(d) for d in self.districts.values()}
        core = self.core_rings(hubs)
        pops = self.district_rings(hubs, core)
        self.access_rings(pops)

    def district_hub(self, district):
        lat, lon = near(district.lat, district.lon, 1.0)
        home = min((c for c in self.communes if c.parent == district.code), key=lambda c: math.hypot(c.lat - lat, c.lon - lon))
        return Site(f"Viễn thông {district.name}", "hub", home.code, lat, lon, "", "")

    def core_rings(self, hubs):
        """Three: through all nine units, and one each for the south and the north."""
        south = {"164", "165", "172", "173"}
        members = [set(hubs), south, (set(hubs) - south) | {"164"}]
        names = ["Vòng lõi toàn tỉnh", "Vòng lõi phía nam", "Vòng lõi phía bắc"]
        for i, (codes, name) in enumerate(zip(members, names)):
            nodes = around(self.hub, [hubs[c] for c in sorted(codes)])
            self.ring(f"ring-core-{i + 1}", name, self.hub, "", 16, nodes)
        return {code: "ring-core-2" if code in south else "ring-core-3" for code in hubs}

    def district_rings(self, hubs, core):
        """Three a unit, through two exchanges of every commune."""
        pops = {}
        for code, hub in hubs.items():
            nodes = []
            for commune in [c for c in self.communes if c.parent == code]:
                for number in (1, 2):
                    lat, lon = near(commune.lat, commune.lon, 1.5)
                    pop = Site(f"Trạm viễn thông {commune.short} {number}", "hub", commune.code, lat, lon, "", "")
                    pops[commune.code, number] = pop
                    nodes.append(pop)
            nodes = around(hub, nodes)
            for i in range(3):
                part = nodes[i * len(nodes) // 3 : (i + 1) * len(nodes) // 3]
                ring = f"ring-{code}-{i + 1}"
                self.ring(ring, f"Vòng liên xã {self.districts[code].short} {i + 1}", hub, core[code], 4, part)
                for pop in part:
                    pops[pop.area, int(pop.name[-1])] = pop._replace(ring=ring)
        return pops

    def access_rings(self, pops):
        stations, schools = share(178, 54), share(685, 54)
        third = set(c.code for c in sorted(self.communes, key=lambda c: c.parent != "164")[:12])
        for i, commune in enumerate(self.communes):
            planned = list(commune_sites(commune, stations[i], schools[i]))
            rings = 3 if commune.code in third else 2
            for r in range(rings):
                pop = pops[commune.code, r % 2 + 1]
                ring = f"ring-{commune.code}-{r + 1}"
                nodes = []
                for name, kind in planned[r::rings]:
                    lat, lon = near(commune.lat, commune.lon, 1.2 if kind in ("office", "square") else 3.5)
                    nodes.append(Site(name, kind, commune.code, lat, lon, ring, ring))
                nodes = around(commune, nodes)
                self.sites += nodes
                self.ring(ring, f"Vòng {commune.short} {r + 1}", pop, pop.ring, 1, nodes)

    def ring(self, ring, name, hub, parent, stm, nodes):
        area = hub.area
        self.rings.append(Ring(ring, name, area, parent, stm, [hub, *nodes]))
        path = [hub, *nodes, hub]
        for a, b in zip(path, path[1:]):
            self.link(a, b, ring, "ring", stm)

    def link(self, a, b, ring, role, stm):
        lat, lon = middle(a, b)
        name = f"{a.name} – {b.name}"
        length = math.hypot(a.lat - b.lat, a.lon - b.lon) * KM_PER_DEGREE
        # A launch at -3 dBm, 0.25 dB a km over a cable a third longer than the crow's way, 6 dB of joints and panels.
        power = -3 - 6 - 0.25 * length * 1.33 - rng.uniform(0, 3)
        link = f"link-{len(self.links) + 1:04}"
        self.links.append((link, name, b.area, lat, lon, "in_service", ring, ring, role, a.name, b.name, stm, f"{power:.1f}"))
        return link

    def tail(self, name, kind, area, lat, lon):
        """A site at the end of a single link from the nearest ring site of its commune."""
        anchors = [s for s in self.sites if s.area == area and s.uplink == s.ring]
        anchor = min(anchors, key=lambda s: math.hypot(s.lat - lat, s.lon - lon))
        site = Site(name, kind, area, lat, lon, anchor.ring, "")
        site = site._replace(uplink=self.link(anchor, site, anchor.ring, "tail", 1))
        self.sites.append(site)
        return site


TOURISM = [
    ("Bảo tàng Văn hóa các dân tộc Việt Nam", "05443", 21.5977, 105.8406),
    ("Quảng trường Võ Nguyên Giáp", "05443", 21.5942, 105.8412),
    ("Đền Đội Cấn", "05443", 21.5921, 105.8438),
    ("Chùa Phủ Liễn", "05443", 21.5899, 105.8366),
    ("Khu du lịch hồ Núi Cốc", "05503", 21.5705, 105.7003),
    ("Không gian văn hóa trà Tân Cương", "05503", 21.5489, 105.7466),
    ("Bến thuyền hồ Núi Cốc", "05845", 21.5560, 105.6720),
    ("Khu di tích ATK Định Hóa", "05602", 21.7990, 105.5180),
    ("Nhà tưởng niệm Bác Hồ đèo De", "05602", 21.8090, 105.5070),
    ("Thác Khuôn Tát", "05602", 21.8160, 105.5230),
    ("Đền Đuổm", "05611", 21.7770, 105.7330),
    ("Hang Phượng Hoàng", "05716", 21.7880, 106.1190),
    ("Mái đá Ngườm", "05725", 21.8350, 105.9190),
    ("Chùa Hang", "05710", 21.6170, 105.8520),
    ("Bản Quyên", "05602", 21.8240, 105.5350),
    ("Làng nhà sàn Thái Hải", "05503", 21.5290, 105.7600),
    ("Khu di tích 27 tháng 7", "05830", 21.6330, 105.6370),
    ("Khu di tích thanh niên xung phong Đại đội 915", "05467", 21.5790, 105.8530),
    ("Đồi chè La Bằng", "05818", 21.6190, 105.5310),
    ("Hồ Suối Lạnh", "05881", 21.4010, 105.7620),
]
HOSPITALS = [
    ("Bệnh viện Trung ương Thái Nguyên", "05443"),
    ("Bệnh viện A Thái Nguyên", "05443"),
    ("Bệnh viện C Thái Nguyên", "05518"),
    ("Bệnh viện Gang thép Thái Nguyên", "05467"),
    ("Bệnh viện Phục hồi chức năng", "05443"),
    ("Bệnh viện Y học cổ truyền", "05443"),
    ("Bệnh viện Mắt", "05443"),
    ("Bệnh viện Tâm thần", "05500"),
    ("Bệnh viện Phổi", "05500"),
    ("Bệnh viện Đa khoa tư nhân 1", "05443"),
    ("Bệnh viện Đa khoa tư nhân 2", "05455"),
    ("Trung tâm Y tế thành phố Thái Nguyên", "05443"),
    ("Trung tâm Y tế Phổ Yên", "05860"),
    ("Trung tâm Y tế Định Hóa", "05569"),
    ("Trung tâm Y tế Phú Lương", "05611"),
    ("Trung tâm Y tế Đồng Hỷ", "05692"),
    ("Trung tâm Y tế Võ Nhai", "05716"),
    ("Trung tâm Y tế Đại Từ", "05830"),
    ("Trung tâm Y tế Phú Bình", "05908"),
    ("Trung tâm Y tế Sông Công", "05518"),
]
DISTRICT_OFFICES = ["Bộ phận một cửa liên thông", "Chi nhánh Văn phòng đăng ký đất đai", "Bảo hiểm xã hội", "Chi cục Thuế"]
PROVINCE_OFFICE = ("Trung tâm phục vụ hành chính công tỉnh", "05443")
LINKS = 2500
AIR_STATIONS = 50


def tails(network):
    """Single links: hospitals, sights, offices of the nine units, and village houses up to the province's figure."""
    at = {c.code: c for c in network.communes}
    for name, code in [*HOSPITALS, PROVINCE_OFFICE]:
        kind = "hospital" if (name, code) in HOSPITALS else "province-office"
        network.tail(name, kind, code, *near(at[code].lat, at[code].lon, 1.5))
    for name, code, lat, lon in TOURISM:
        network.tail(name, "tourism", code, lat, lon)
    for district in network.districts.values():
        home = min((c for c in network.communes if c.parent == district.code), key=lambda c: math.hypot(c.lat - district.lat, c.lon - district.lon))
        for office in DISTRICT_OFFICES:
            network.tail(f"{office} {district.short}", "district-office", home.code, *near(home.lat, home.lon, 1.5))
    left = LINKS - len(network.links)
    for commune, count in zip(network.communes, share(left, len(network.communes))):
        word = "tổ dân phố" if commune.name.startswith("Phường") else "xóm"
        for i in range(count):
            name = f"Nhà văn hóa {word} {i + 1} {commune.short}"
            network.tail(name, "village", commune.code, *near(commune.lat, commune.lon, 4.5))


# --- Registry files --------------------------------------------------------------------------------------------------


def lifecycle(i, planned=0, maintenance=0, retired=0):
    """The first few of a file are not in service, so that every state of life is there to be seen."""
    for word, count in (("planned", planned), ("maintenance", maintenance), ("retired", retired)):
        if i < count:
            return word
        i -= count
    return "in_service"


def access_points(sites):
    per_kind = {"office": 3, "square": 3, "tourism": 5, "hospital": 3, "district-office": 1, "province-office": 2}
    villages = rng.sample([s for s in sites if s.kind == "village"], 600 - 54 * 6 - 20 * 8 - 36 - 2)
    rows = []
    chosen = [(s, per_kind[s.kind]) for s in sites if s.kind in per_kind] + [(s, 1) for s in villages]
    states = rng.sample(range(600), 600)
    for site, count in chosen:
        for i in range(count):
            lat, lon = near(site.lat, site.lon, 0.06)
            state = lifecycle(states[len(rows)], planned=6, maintenance=8, retired=3)
            venue = {"village": "village", "square": "square", "tourism": "tourism", "hospital": "hospital"}.get(site.kind, "office")
            role = "lead" if i == 0 else "member"
            name = f"Wi-Fi {site.name}" + (f" {i + 1}" if count > 1 else "")
            rows.append((f"ap-{len(rows) + 1:04}", name, site.area, lat, lon, state, site.uplink, site.name, venue, role, site.ring))
    write("wifi-ap", "id,name,area,lat,lon,lifecycle,uplink,site,venue,role,ring", rows)


LINES = {
    "office": ["Hộ tịch", "Đất đai", "Chứng thực", "Chính sách xã hội"],
    "police": ["Căn cước", "Cư trú", "Định danh điện tử"],
    "post": ["Dịch vụ công qua bưu điện"],
    "health-station": ["Khám bệnh", "Tiêm chủng"],
    "hospital": [f"Phòng khám {i}" for i in range(1, 9)] + ["Cấp phát thuốc", "Thu viện phí"],
}
DISTRICT_LINES = {
    "Bộ phận một cửa liên thông": ["Hộ tịch", "Kinh doanh", "Xây dựng", "Đất đai", "Lao động", "Giáo dục", "Tư pháp", "Văn thư"],
    "Chi nhánh Văn phòng đăng ký đất đai": ["Nhận hồ sơ", "Trả kết quả", "Đo đạc", "Thế chấp"],
    "Bảo hiểm xã hội": ["Thu", "Chế độ", "Cấp thẻ"],
    "Chi cục Thuế": ["Hộ kinh doanh", "Thuế đất", "Hỗ trợ"],
}
PROVINCE_LINES = 20
QUEUE_LINES = 1200


def line_names(site):
    if site.kind == "province-office":
        return [f"Quầy {i}" for i in range(1, PROVINCE_LINES + 1)]
    if site.kind == "district-office":
        return next(lines for office, lines in DISTRICT_LINES.items() if site.name.startswith(office))
    return LINES.get(site.kind, [])


def queues(sites):
    chosen = [(site, list(line_names(site))) for site in sites if line_names(site)]
    missing = QUEUE_LINES - sum(len(lines) for _, lines in chosen)
    for site, lines in rng.sample([c for c in chosen if c[0].kind == "health-station"], missing):
        lines.append("Cấp phát thuốc")
    types = {"health-station": "health-station", "hospital": "hospital"}
    rows = []
    for site, lines in chosen:
        for line in lines:
            name = f"{line}, {site.name}"
            kind = types.get(site.kind, "office")
            rows.append((f"q-{len(rows) + 1:04}", name, site.area, site.lat, site.lon, "in_service", site.uplink, site.name, kind, site.ring))
    write("queue-line", "id,name,area,lat,lon,lifecycle,uplink,site,type,ring", rows)
    print(f"  at {len(chosen)} sites")


def transmission(network):
    header = "id,name,area,lat,lon,lifecycle,uplink,ring,role,site_a,site_b,stm,nominal_power"
    write("trans-link", header, network.links)
    rows = []
    for ring in network.rings:
        lat = sum(n.lat for n in ring.nodes) / len(ring.nodes)
        lon = sum(n.lon for n in ring.nodes) / len(ring.nodes)
        level = {16: "core", 4: "district", 1: "access"}[ring.stm]
        sites = len(ring.nodes)
        rows.append((ring.id, ring.name, ring.area, lat, lon, "in_service", ring.parent, ring.id, level, ring.stm, sites))
    write("trans-ring", "id,name,area,lat,lon,lifecycle,uplink,ring,level,stm,sites", rows)


# id, name, commune, lat, lon, river, the three flood levels in m. Gia Bảy's are the province's own, the others estimates.
RIVER = [
    ("wl-van-lang", "Văn Lăng", "05665", 21.782, 105.826, "sông Cầu", 44.0, 45.5, 47.0),
    ("wl-thac-buoi", "Thác Bưởi", "05641", 21.706, 105.803, "sông Cầu", 34.5, 35.7, 37.0),
    ("wl-cao-ngan", "Cao Ngạn", "05482", 21.638, 105.815, "sông Cầu", 27.2, 28.3, 29.4),
    ("wl-gia-bay", "Gia Bảy", "05443", 21.598, 105.837, "sông Cầu", 25.0, 26.0, 27.0),
    ("wl-thac-huong", "Đập Thác Huống", "05467", 21.566, 105.868, "sông Cầu", 22.4, 23.4, 24.4),
    ("wl-phu-binh", "Phú Bình", "05908", 21.470, 105.968, "sông Cầu", 14.5, 15.5, 16.5),
    ("wl-cha", "Chã", "05899", 21.367, 105.897, "sông Cầu", 8.0, 9.0, 10.0),
    ("wl-dai-tu", "Đại Từ", "05830", 21.632, 105.632, "sông Công", 47.0, 48.0, 49.0),
    ("wl-nui-coc", "Hạ lưu đập Núi Cốc", "05503", 21.552, 105.712, "sông Công", 28.5, 29.5, 30.5),
    ("wl-ba-xuyen", "Bá Xuyên", "05533", 21.497, 105.812, "sông Công", 19.0, 20.0, 21.0),
    ("wl-song-cong", "Cầu Sông Công", "05518", 21.472, 105.848, "sông Công", 15.5, 16.5, 17.5),
    ("wl-da-phuc", "Đa Phúc", "05899", 21.348, 105.872, "sông Công", 8.2, 9.2, 10.2),
]


def environment(communes):
    rows = [(i, f"Trạm thủy văn {n}", a, lat, lon, "in_service", "", river, f"{b1:.1f}", f"{b2:.1f}", f"{b3:.1f}") for i, n, a, lat, lon, river, b1, b2, b3 in RIVER]
    write("env-river", "id,name,area,lat,lon,lifecycle,uplink,river,bd1,bd2,bd3", rows)
    urban = [c for c in communes if c.parent in ("164", "165", "172")]
    rows = []
    for commune in communes + urban[:6]:
        second = any(r[2] == commune.code for r in rows)
        lat, lon = near(commune.lat, commune.lon, 3)
        slope = rng.choice(["hill", "valley"]) if commune.parent in ("167", "168", "169", "170", "171") else "plain"
        rows.append((f"rain-{len(rows) + 1:03}", f"Trạm mưa {commune.short}" + (" 2" if second else ""), commune.code, lat, lon, "in_service", "", slope))
    write("env-rain", "id,name,area,lat,lon,lifecycle,uplink,terrain", rows)
    rows = []
    places = [(c, "urban") for c in urban for _ in (1, 2)] + [(c, "rural") for c in communes if c not in urban]
    for commune, setting in places[:AIR_STATIONS]:
        number = 1 + sum(r[2] == commune.code for r in rows)
        setting = "industry" if setting == "urban" and number == 2 else setting
        lat, lon = near(commune.lat, commune.lon, 2)
        state = lifecycle(AIR_STATIONS - 1 - len(rows), planned=1, maintenance=1)
        rows.append((f"aq-{len(rows) + 1:03}", f"Trạm không khí {commune.short} {number}", commune.code, lat, lon, state, "", setting))
    write("env-air", "id,name,area,lat,lon,lifecycle,uplink,setting", rows)


def lay_out():
    """The sites and the network between them: the first thing drawn from the seed, the same whoever asks."""
    network = Network(*read_areas())
    network.build()
    tails(network)
    assert len({s.name for s in network.sites}) == len(network.sites), "a site is known by its name"
    return network


def main():
    network = lay_out()
    transmission(network)
    access_points(network.sites)
    queues(network.sites)
    environment(network.communes)


if __name__ == "__main__":
    main()
