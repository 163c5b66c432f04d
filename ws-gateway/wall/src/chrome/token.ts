// The operator's token: taken from the URL once, out of the address bar at once, kept for this tab only. Without one the
// gateway's cookie counts.

const NAME = 'ioc-token';

export function takeToken(): string | null {
  const url = new URL(location.href);
  const given = url.searchParams.get('token');
  if (given === null) return sessionStorage.getItem(NAME);
  sessionStorage.setItem(NAME, given);
  url.searchParams.delete('token');
  history.replaceState(null, '', url);
  return given;
}
