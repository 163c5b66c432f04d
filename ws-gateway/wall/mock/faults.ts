// What can go wrong in the mock city and what the rule that notices says.

import type { Localized, Severity, Value } from '../src/live/wire';

export interface Fault {
  rule: string;
  kind: string;
  severity: Severity;
  values: Record<string, Value>;
  summary: Localized;
  guidance: Localized;
  team: string;
  expr: string;
}

const fault = (
  rule: string,
  kind: string,
  severity: Severity,
  values: Record<string, Value>,
  expr: string,
  vi: string,
  en: string,
  guideVi: string,
  guideEn: string,
): Fault => ({
  rule,
  kind,
  severity,
  values,
  expr,
  team: kind.split('/')[0] ?? '',
  summary: { vi, en },
  guidance: { vi: guideVi, en: guideEn },
});

export const FAULTS: Fault[] = [
  fault('env/RiverLevel', 'env/river', 'critical', { height: 27.1, x_riseRate: 0.42 }, 'height >= asset.bd3',
    'mực nước 27,10 m, trên báo động 3', 'water level 27.10 m, above alarm level 3',
    'Nguyên nhân: mưa lớn ở thượng nguồn. Hậu quả: ngập ven sông. Việc cần làm: báo Ban chỉ huy PCTT, mở trực cấp 3. Liên hệ: trực ban PCTT.',
    'Cause: heavy rain upstream. Consequence: flooding along the banks. Action: call the flood command, open duty level 3. Contact: flood duty officer.'),
  fault('trans/LinkDown', 'trans/link', 'high', { operStatus: 'down', inputPower: -40 }, "operStatus == 'down'",
    'mất tín hiệu quang', 'optical signal lost',
    'Nguyên nhân: đứt cáp hoặc mất nguồn. Việc cần làm: kiểm tra đường bảo vệ, điều đội cáp.',
    'Cause: cut fibre or lost power. Action: check the protection path, send the cable team.'),
  fault('net/PacketLoss', 'net/node', 'high', { x_lossPct: 11.4, x_rttMs: 180 }, 'x_lossPct > 5.0',
    'mất gói 11,4 %', 'packet loss 11.4 %',
    'Nguyên nhân: nghẽn hoặc lỗi đường truyền. Việc cần làm: xem tuyến trên, gọi nhà mạng.',
    'Cause: congestion or a bad line. Action: look at the uplink, call the carrier.'),
  fault('queue/LongWait', 'queue/line', 'medium', { x_waitP90: 34, ticketsToServe: 41 }, 'x_waitP90 > 15.0',
    'thời gian chờ P90 34 phút', 'wait P90 34 min',
    'Việc cần làm: gọi trưởng bộ phận, mở thêm quầy.', 'Action: call the office head, open another counter.'),
  fault('env/AirUnhealthy', 'env/air', 'medium', { pm25: 168, pm10: 240 }, "vn_aqi(pm25.avg('1h')) > 150",
    'PM2.5 168 µg/m³', 'PM2.5 168 µg/m³',
    'Việc cần làm: thông báo trường học quanh trạm, kiểm tra nguồn thải.', 'Action: tell schools nearby, look for the source.'),
  fault('wifi/ApDown', 'wifi/ap', 'medium', { apState: 'down', clientsConnected: 0 }, "apState == 'down' && uplink.operStatus != 'down'",
    'điểm phát không hoạt động', 'access point down',
    'Việc cần làm: kiểm tra nguồn, khởi động lại từ bộ điều khiển.', 'Action: check power, restart from the controller.'),
  fault('road/Jam', 'road/flow', 'low', { averageVehicleSpeed: 7, occupancy: 0.63 }, 'averageVehicleSpeed < 10.0 && occupancy > 0.5',
    'ùn tắc, 7 km/h', 'congestion, 7 km/h',
    'Việc cần làm: báo CSGT điều tiết.', 'Action: tell the traffic police.'),
  fault('light/CabinetDark', 'light/cabinet', 'low', { powerState: 'off', voltageR: 0 }, "powerState == 'off'",
    'tủ đèn mất nguồn', 'cabinet without power',
    'Việc cần làm: báo đội điện chiếu sáng.', 'Action: tell the lighting crew.'),
  fault('cctv/Frozen', 'cctv/cam', 'low', { x_fps: 0 }, 'x_fps < 1.0',
    'không có hình mới 5 phút', 'no new frame for 5 min',
    'Việc cần làm: khởi động lại camera.', 'Action: restart the camera.'),
  fault('health/NoSync', 'health/sync', 'low', { backlog: 512, rejectedPct: 7 }, 'rejectedPct > 5.0',
    'bị từ chối 7 % bản ghi', '7 % of records rejected',
    'Việc cần làm: gọi nhà cung cấp phần mềm.', 'Action: call the software vendor.'),
];
