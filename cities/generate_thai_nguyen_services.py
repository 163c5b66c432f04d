#!/usr/bin/env python3
"""Writes the registry of everything that hangs on the network of generate_thai_nguyen.py:
python3 cities/generate_thai_nguyen_services.py

Each table draws from a seed of its own, so that one can change without the others. Same seeds, same files.
"""

import math
import random
from collections import namedtuple

from generate_thai_nguyen import DISTRICT_OFFICES, lay_out, near, share, write

HUB = ("05443", 21.592, 105.842)  # the provincial data centre
URBAN = ("164", "165", "172")

# `site` is the place by its name, `ring` the access ring its traffic takes.
Node = namedtuple("Node", "id site kind area lat lon ring")


def source(table):
    return random.Random(f"2021 {table}")


def nearest(things, lat, lon):
    return min(things, key=lambda t: math.hypot(t.lat - lat, t.lon - lon))


def weighted(communes, rng, total, urban):
    """So many communes, drawn with repetition; an urban one is `urban` times as likely, and every one comes at least once."""
    weights = [urban if c.parent in URBAN else 1 for c in communes]
    return sorted(communes + rng.choices(communes, weights, k=total - len(communes)), key=lambda c: c.code)


def numbered(items, name):
    """Each item with its running number among those of the same name."""
    seen = {}
    for item in items:
        seen[name(item)] = seen.get(name(item), 0) + 1
        yield item, seen[name(item)]


# --- Networks of the agencies, and the cameras behind their switches ---------------------------------------------------

NODE_KINDS = {"office": "office", "district-office": "office", "province-office": "office", "hospital": "hospital", "health-station": "health-station"}
CAMERAS, CAMERA_SWITCHES = 1500, 125


def network_nodes(network):
    nodes = [Node("nn-001", network.hub.name, "core", HUB[0], HUB[1], HUB[2], "ring-core-1")]
    uplinks = {"nn-001": "ring-core-1"}

    def add(site, kind, area, lat, lon, ring, uplink):
        node = Node(f"nn-{len(nodes) + 1:03}", site, kind, area, lat, lon, ring)
        uplinks[node.id] = uplink
        nodes.append(node)

    for district in network.districts.values():
        home = nearest([c for c in network.communes if c.parent == district.code], district.lat, district.lon)
        add(f"Viễn thông {district.name}", "hub", home.code, district.lat, district.lon, "ring-core-1", "ring-core-1")
    for site in network.sites:
        if site.kind in NODE_KINDS:
            add(site.name, NODE_KINDS[site.kind], site.area, site.lat, site.lon, site.ring, site.uplink)
    rng = source("camera switches")
    chosen = weighted(network.communes, rng, CAMERA_SWITCHES, 4)
    for commune, number in numbered(chosen, lambda c: c.code):
        rings = [r.id for r in network.rings if r.id.startswith(f"ring-{commune.code}-")]
        lat, lon = near(commune.lat, commune.lon, 1.8, rng)
        ring = rings[number % len(rings)]
        add(f"Tủ camera số {number} {commune.short}", "camera", commune.code, lat, lon, ring, ring)
    rows = [(n.id, f"Nút mạng {n.site}", n.area, n.lat, n.lon, "in_service", uplinks[n.id], n.site, n.kind, n.id, n.ring) for n in nodes]
    write("net-node", "id,name,area,lat,lon,lifecycle,uplink,site,role,node,ring", rows)
    return nodes


CAMERA_PLACES = ["ngã tư", "cổng chợ", "cổng trường", "bến xe", "công viên", "cầu", "trụ sở", "khu dân cư"]


def cameras(nodes):
    rng = source("cameras")
    switches = [n for n in nodes if n.kind == "camera"]
    rows = []
    for switch, count in zip(switches, share(CAMERAS, len(switches), rng)):
        for i in range(count):
            lat, lon = near(switch.lat, switch.lon, 0.5, rng)
            name = f"Camera {CAMERA_PLACES[i % len(CAMERA_PLACES)]} {i + 1}, {switch.site}"
            state = "maintenance" if rng.random() < 0.004 else "in_service"
            rows.append((f"cam-{len(rows) + 1:04}", name, switch.area, lat, lon, state, switch.id, switch.id, switch.ring))
    write("cctv-cam", "id,name,area,lat,lon,lifecycle,uplink,node,ring", rows)


def data_centre():
    roles = [("ups", "UPS", 4), ("rack", "Tủ rack", 33), ("leak", "Cảm biến rò nước", 7), ("door", "Cửa", 5), ("power", "Tủ nguồn", 1)]
    rows = []
    for room in ("A", "B"):
        for role, title, count in roles:
            for i in range(count):
                name = f"{title} {room}{i + 1}, Trung tâm dữ liệu tỉnh"
                rows.append((f"dc-{room.lower()}-{role}-{i + 1:02}", name, HUB[0], HUB[1], HUB[2], "in_service", "nn-001", room, role))
    write("dc-point", "id,name,area,lat,lon,lifecycle,uplink,room,role", rows)


# --- Streets and the ear on them ---------------------------------------------------------------------------------------

ROADS = ["Quốc lộ 3", "Cao tốc Hà Nội – Thái Nguyên", "Quốc lộ 37", "Quốc lộ 1B", "Đường tỉnh 261", "Đường tỉnh 266", "Đường Lương Ngọc Quyến", "Đường Hoàng Văn Thụ", "Đường Cách mạng Tháng Tám", "Đường Thống Nhất"]
COUNTRY_ROADS = ["Quốc lộ 3", "Quốc lộ 37", "Quốc lộ 1B", "Đường tỉnh 261", "Đường tỉnh 266"]
COUNTERS, CABINETS, METERS = 60, 400, 30


def streets(network, nodes):
    rng = source("road")
    switches = [n for n in nodes if n.kind == "camera"]
    rows = []
    for commune in weighted(network.communes, rng, COUNTERS, 4):
        lat, lon = near(commune.lat, commune.lon, 1.5, rng)
        switch = nearest([s for s in switches if s.area == commune.code], lat, lon)
        road = rng.choice(ROADS if commune.parent in URBAN else COUNTRY_ROADS)
        name = f"Đếm xe {road}, {commune.short} {1 + sum(r[2] == commune.code for r in rows)}"
        rows.append((f"flow-{len(rows) + 1:02}", name, commune.code, lat, lon, "in_service", switch.id, road, switch.id, switch.ring))
    write("road-flow", "id,name,area,lat,lon,lifecycle,uplink,road,node,ring", rows)

    rng = source("light")
    rows = []
    for commune, number in numbered(weighted(network.communes, rng, CABINETS, 4), lambda c: c.code):
        lat, lon = near(commune.lat, commune.lon, 2.0, rng)
        nominal = f"{rng.uniform(14, 38):.1f}"
        rows.append((f"lc-{len(rows) + 1:03}", f"Tủ chiếu sáng {number} {commune.short}", commune.code, lat, lon, "in_service", "", nominal))
    write("light-cabinet", "id,name,area,lat,lon,lifecycle,uplink,nominal_current", rows)

    rng = source("noise")
    urban = [c for c in network.communes if c.parent in URBAN]
    places = (urban + [c for c in network.communes if c not in urban])[:METERS]
    rows = []
    for commune in sorted(places, key=lambda c: c.code):
        lat, lon = near(commune.lat, commune.lon, 1.0, rng)
        setting = rng.choice(["street", "residential", "school"]) if commune in urban else "residential"
        rows.append((f"noise-{len(rows) + 1:02}", f"Trạm đo ồn {commune.short}", commune.code, lat, lon, "in_service", "", setting))
    write("env-noise", "id,name,area,lat,lon,lifecycle,uplink,setting", rows)


# --- Microwave hops ----------------------------------------------------------------------------------------------------

HOPS = 200
HILLS = ("167", "168", "169", "170", "171")


def hops(network):
    """From a ring site over the hills to a village house, beside the fibre that leads there: its second way."""
    rng = source("hops")
    parents = {c.code: c.parent for c in network.communes}
    far = [s for s in network.sites if s.kind == "village" and parents[s.area] in HILLS]
    rows = []
    for b in rng.sample(far, HOPS):
        a = nearest([s for s in network.sites if s.area == b.area and s.uplink == s.ring], b.lat, b.lon)
        band = rng.choice(["7G", "15G"])
        level = f"{rng.uniform(-58, -38):.1f}"
        lat, lon = (a.lat + b.lat) / 2, (a.lon + b.lon) / 2
        rows.append((f"hop-{len(rows) + 1:03}", f"Vi ba {a.name} – {b.name}", b.area, lat, lon, "in_service", a.ring, a.ring, band, a.name, b.name, level))
    write("trans-hop", "id,name,area,lat,lon,lifecycle,uplink,ring,band,site_a,site_b,nominal_level", rows)


# --- Health ------------------------------------------------------------------------------------------------------------

FACILITIES, LINKED, TELE_ROOMS, PHARMACIES = 213, 203, 60, 1260
HIS_VENDORS = ["his-a"] * 9 + ["his-b"] * 7 + ["his-c"] * 4
PHARMACY_VENDORS = ["pos-a"] * 40 + ["pos-b"] * 25 + ["pos-c"] * 20 + ["pos-d"] * 10 + ["pos-e"] * 5


def health(network, nodes):
    rng = source("health")
    facilities = [n for n in nodes if n.kind in ("hospital", "health-station")]
    rows = []
    unlinked = set(rng.sample([n.id for n in facilities if n.kind == "health-station"], FACILITIES - LINKED))
    header = "id,name,area,lat,lon,lifecycle,uplink,site,level,x_vendor,node,ring"

    def add(name, site, area, lat, lon, state, uplink, level, node, ring):
        rows.append((f"hs-{len(rows) + 1:03}", name, area, lat, lon, state, uplink, site, level, rng.choice(HIS_VENDORS), node, ring))

    for n in facilities:
        state = "planned" if n.id in unlinked else "in_service"
        add(f"Liên thông {n.site}", n.site, n.area, n.lat, n.lon, state, n.id, n.kind, n.id, n.ring)
    clinics = sorted(rng.sample(network.communes, FACILITIES - len(facilities)), key=lambda c: c.code)
    for c in clinics:
        site = f"Phòng khám đa khoa khu vực {c.short}"
        lat, lon = near(c.lat, c.lon, 1.0, rng)
        office = next(n for n in nodes if n.area == c.code and n.kind == "office")
        add(f"Liên thông {site}", site, c.code, lat, lon, "in_service", office.id, "clinic", office.id, office.ring)
    write("health-sync", header, rows)

    rooms = [n for n in facilities if n.kind == "hospital"]
    rooms += rng.sample([n for n in facilities if n.kind == "health-station" and n.id not in unlinked], TELE_ROOMS - len(rooms))
    rows = [(f"tele-{i:02}", f"Phòng khám từ xa {n.site}", n.area, n.lat, n.lon, "in_service", n.id, n.site, n.id, n.ring) for i, n in enumerate(rooms, 1)]
    write("health-tele", "id,name,area,lat,lon,lifecycle,uplink,site,node,ring", rows)

    rng = source("pharmacies")
    rows = []
    for commune, number in numbered(weighted(network.communes, rng, PHARMACIES, 5), lambda c: c.code):
        lat, lon = near(commune.lat, commune.lon, 2.5, rng)
        rows.append((f"ph-{len(rows) + 1:04}", f"Nhà thuốc số {number} {commune.short}", commune.code, lat, lon, "in_service", "", rng.choice(PHARMACY_VENDORS)))
    write("pharm-sync", "id,name,area,lat,lon,lifecycle,uplink,x_vendor", rows)


# --- Documents and schools ---------------------------------------------------------------------------------------------

DEPARTMENTS = ["Văn phòng UBND tỉnh", "Sở Nội vụ", "Sở Tài chính", "Sở Xây dựng", "Sở Công Thương", "Sở Y tế", "Sở Giáo dục và Đào tạo", "Sở Khoa học và Công nghệ", "Sở Nông nghiệp và Môi trường", "Sở Tư pháp", "Sở Văn hóa, Thể thao và Du lịch", "Sở Dân tộc và Tôn giáo", "Thanh tra tỉnh", "Ban Quản lý các khu công nghiệp", "Công an tỉnh", "Bộ Chỉ huy quân sự tỉnh"]


def documents(network):
    rows = [("doc-axis", "Trục liên thông văn bản tỉnh", HUB[0], HUB[1], HUB[2], "in_service", "nn-001", "axis", "ring-core-1")]
    rng = source("documents")

    def add(name, area, lat, lon, role, ring):
        rows.append((f"doc-{len(rows):03}", f"Văn bản {name}", area, lat, lon, "in_service", "doc-axis", role, ring))

    for department in DEPARTMENTS:
        add(department, HUB[0], *near(HUB[1], HUB[2], 1.2, rng), "agency", "ring-core-1")
    for site in network.sites:
        if site.kind == "office" or (site.kind == "district-office" and site.name.startswith(DISTRICT_OFFICES[0])):
            add(site.name, site.area, site.lat, site.lon, "agency", site.ring)
    for site in network.sites:
        if site.kind == "school":
            add(site.name, site.area, site.lat, site.lon, "school", site.ring)
    write("doc-gateway", "id,name,area,lat,lon,lifecycle,uplink,role,ring", rows)

    rows = [("edu-db", "Cơ sở dữ liệu giáo dục dùng chung", HUB[0], HUB[1], HUB[2], "in_service", "nn-001", "main")]
    for district in network.districts.values():
        home = nearest([c for c in network.communes if c.parent == district.code], district.lat, district.lon)
        rows.append((f"edu-{district.code}", f"Đồng bộ giáo dục {district.name}", home.code, district.lat, district.lon, "in_service", "edu-db", "feed"))
    write("edu-db", "id,name,area,lat,lon,lifecycle,uplink,role", rows)


# --- Post --------------------------------------------------------------------------------------------------------------

RUNS, VEHICLES = 60, 40


def post(network):
    rng = source("post")
    districts = list(network.districts.values())
    seats = {d.code: nearest([c for c in network.communes if c.parent == d.code], d.lat, d.lon) for d in districts}
    legs = [(1, HUB[1], HUB[2], "Bưu cục tỉnh", seats[d.code], d.name) for d in districts]
    others = [c for c in network.communes if c not in seats.values()]
    for c in others[: RUNS - len(legs)]:
        seat = seats[c.parent]
        far = math.hypot(seat.lat - c.lat, seat.lon - c.lon) > 0.09
        legs.append((3 if far else 2, seat.lat, seat.lon, f"Bưu cục {seat.short}", c, c.name))
    rest = RUNS - len(legs)
    for c in rng.sample(others, rest):
        seat = seats[c.parent]
        legs.append((3, c.lat, c.lon, f"Bưu điện văn hóa {c.short}", seat, f"{seat.name} (chiều)"))
    runs, vehicles = [], []
    for i, (tier, lat, lon, start, to, end) in enumerate(legs, 1):
        vehicle = ""
        if i <= VEHICLES:
            vehicle = f"xe-{i:02}"
            end_lat, end_lon = to.lat - lat, to.lon - lon
            vehicles.append((vehicle, f"Xe thư {i:02}: {start} – {end}", to.code, lat, lon, "in_service", "", f"run-{i:02}", lat, lon, f"{end_lat:.5f}", f"{end_lon:.5f}"))
        runs.append((f"run-{i:02}", f"Đường thư cấp {tier}: {start} – {end}", to.code, to.lat, to.lon, "in_service", "", tier, 2 if tier == 1 else 1, vehicle))
    write("post-run", "id,name,area,lat,lon,lifecycle,uplink,tier,trips,vehicle", runs)
    write("post-vehicle", "id,name,area,lat,lon,lifecycle,uplink,run,from_lat,from_lon,way_lat,way_lon", vehicles)


# --- Digital services --------------------------------------------------------------------------------------------------

SERVICES = ["Ứng dụng công dân", "Ứng dụng công nhân khu công nghiệp", "Bản đồ nguồn nhân lực", "Cổng du lịch", "Cơ sở dữ liệu di sản", "Lớp học Teams", "Cổng dịch vụ công", "Cổng thông tin điện tử tỉnh", "Trang đăng nhập Wi-Fi công cộng", "Phản ánh hiện trường"]
VANTAGES = [("dc", "trung tâm dữ liệu"), ("mobile", "mạng di động"), ("hanoi", "Hà Nội")]


def services():
    rows = []
    for service in SERVICES:
        for vantage, place in VANTAGES:
            rows.append((f"web-{len(rows) + 1:02}", f"{service} nhìn từ {place}", HUB[0], "", "", "in_service", "", service, vantage))
    write("web-probe", "id,name,area,lat,lon,lifecycle,uplink,service,vantage", rows)


def main():
    network = lay_out()
    nodes = network_nodes(network)
    cameras(nodes)
    data_centre()
    streets(network, nodes)
    hops(network)
    health(network, nodes)
    documents(network)
    post(network)
    services()


if __name__ == "__main__":
    main()
