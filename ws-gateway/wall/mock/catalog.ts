// The kinds of the mock city: enough of each domain to fill a wall. The real ones are the city pack's.

import type { Localized } from '../src/live/wire';

export interface MockField {
  name: string;
  title: Localized;
  type: 'number' | 'bool' | 'symbol';
  unit?: string;
  range?: [number, number];
  symbols?: string[];
  headline?: boolean;
  /** What it is when all is well: a middle value and how far it wanders, or a word. */
  usual: number | string | boolean;
  wander?: number;
}

export interface MockKind {
  name: string;
  title: Localized;
  count: number;
  reportEveryMs: number;
  staleAfterMs: number;
  fields: MockField[];
  assetName: string;
}

const n = (
  name: string,
  vi: string,
  en: string,
  unit: string,
  range: [number, number],
  usual: number,
  wander: number,
  headline = false,
): MockField => ({ name, title: { vi, en }, type: 'number', unit, range, usual, wander, headline });

const s = (name: string, vi: string, en: string, symbols: string[], headline = true): MockField => ({
  name,
  title: { vi, en },
  type: 'symbol',
  symbols,
  headline,
  usual: symbols[0] ?? '',
});

const kind = (
  name: string,
  vi: string,
  en: string,
  count: number,
  seconds: number,
  assetName: string,
  fields: MockField[],
): MockKind => ({
  name,
  title: { vi, en },
  count,
  reportEveryMs: seconds * 1000,
  staleAfterMs: seconds * 3000,
  assetName,
  fields,
});

export const KINDS: MockKind[] = [
  kind('wifi/ap', 'Điểm Wi-Fi công cộng', 'Public Wi-Fi access points', 180, 8, 'Wi-Fi', [
    s('apState', 'Trạng thái', 'State', ['up', 'down']),
    n('clientsConnected', 'Khách đang nối', 'Clients connected', '1', [0, 512], 24, 9, true),
    n('channelUtilization', 'Tải kênh', 'Channel utilisation', '%', [0, 100], 31, 8),
  ]),
  kind('env/air', 'Trạm không khí', 'Air stations', 24, 8, 'Không khí', [
    n('pm25', 'Bụi PM2.5', 'PM2.5', 'ug/m3', [0, 1000], 38, 9, true),
    n('pm10', 'Bụi PM10', 'PM10', 'ug/m3', [0, 1000], 61, 12),
    n('temperature', 'Nhiệt độ', 'Temperature', 'Cel', [-10, 50], 26, 1),
  ]),
  kind('env/river', 'Trạm mực nước', 'River gauges', 8, 10, 'Mực nước', [
    n('height', 'Mực nước', 'Water level', 'm', [15, 35], 23.4, 0.08, true),
    n('x_riseRate', 'Tốc độ lên', 'Rate of rise', 'm/h', [-5, 5], 0.02, 0.01),
  ]),
  kind('road/flow', 'Đếm xe', 'Traffic counters', 30, 8, 'Đếm xe', [
    n('averageVehicleSpeed', 'Tốc độ trung bình', 'Mean speed', 'km/h', [0, 160], 38, 6, true),
    n('occupancy', 'Chiếm dụng', 'Occupancy', '1', [0, 1], 0.22, 0.05),
  ]),
  kind('light/cabinet', 'Tủ chiếu sáng', 'Lighting cabinets', 90, 12, 'Tủ đèn', [
    s('powerState', 'Nguồn', 'Power', ['on', 'off']),
    n('voltageR', 'Điện áp pha R', 'Voltage R', 'V', [0, 280], 228, 3),
  ]),
  kind('cctv/cam', 'Camera', 'Cameras', 260, 10, 'Camera', [n('x_fps', 'Khung hình', 'Frame rate', '1/s', [0, 60], 25, 0.6, true)]),
  kind('queue/line', 'Quầy một cửa và trạm y tế', 'Service queues', 140, 8, 'Quầy', [
    n('x_waitP90', 'Chờ P90', 'Wait P90', 'min', [0, 480], 7, 2.5, true),
    n('ticketsToServe', 'Đang chờ', 'Waiting', '1', [0, 500], 6, 3),
    n('x_countersOpen', 'Quầy mở', 'Counters open', '1', [0, 40], 3, 0.4),
  ]),
  kind('trans/link', 'Tuyến cáp quang', 'Fibre links', 220, 9, 'Tuyến', [
    s('operStatus', 'Trạng thái', 'Status', ['up', 'down']),
    n('inputPower', 'Công suất thu', 'Input power', 'dBm', [-40, 5], -14, 0.8, true),
  ]),
  kind('net/node', 'Nút mạng cơ quan', 'Agency network nodes', 110, 8, 'Nút', [
    n('x_lossPct', 'Mất gói', 'Packet loss', '%', [0, 100], 0.3, 0.15, true),
    n('x_rttMs', 'Độ trễ', 'Round trip', 'ms', [0, 5000], 14, 3),
  ]),
  kind('dc/point', 'Trung tâm dữ liệu', 'Data centre points', 24, 6, 'TTDL', [
    n('inlet', 'Nhiệt độ cửa hút', 'Inlet temperature', 'Cel', [10, 45], 23, 0.5, true),
    n('upsLoad', 'Tải UPS', 'UPS load', '%', [0, 100], 46, 3),
  ]),
  kind('health/sync', 'Liên thông y tế', 'Health record links', 90, 12, 'Trạm y tế', [
    n('backlog', 'Tồn đọng', 'Backlog', '1', [0, 100000], 4, 2, true),
    n('rejectedPct', 'Bị từ chối', 'Rejected', '%', [0, 100], 0.8, 0.4),
  ]),
  kind('pharm/sync', 'Nhà thuốc', 'Pharmacies', 160, 15, 'Nhà thuốc', [
    n('backlog', 'Tồn đọng', 'Backlog', '1', [0, 100000], 2, 1, true),
  ]),
  kind('doc/gateway', 'Trục văn bản', 'Document axis', 70, 15, 'Văn bản', [
    n('pendingOut', 'Chờ gửi', 'Pending', '1', [0, 10000], 5, 2, true),
  ]),
  kind('post/vehicle', 'Xe bưu chính', 'Postal vehicles', 26, 6, 'Xe', [
    n('lateMin', 'Trễ', 'Late', 'min', [-60, 600], 2, 2, true),
  ]),
  kind('web/probe', 'Dịch vụ số', 'Digital services', 16, 8, 'Dịch vụ', [
    n('latencyMs', 'Thời gian đáp ứng', 'Response time', 'ms', [0, 60000], 240, 40, true),
    s('up', 'Hoạt động', 'Up', ['yes', 'no'], false),
  ]),
];
