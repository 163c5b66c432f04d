// A new server build reloads the wall once. Owns the memory that keeps "once" true when the new page, for whatever
// reason, still differs from the server.

const NAME = 'ioc-reloaded-for';

export function reloadOnce(build: string): void {
  if (sessionStorage.getItem(NAME) === build) return;
  sessionStorage.setItem(NAME, build);
  location.reload();
}
