// Shows what openapi.json says, and tries a call with the session's cookie or the token typed here.
// Everything is set as text: nothing that the server says is ever taken for markup.

const LONGEST = 200_000;

function element(name, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

function typeOf(schema) {
  if (schema.enum) return schema.enum.join(' | ');
  return [schema.type ?? 'any'].flat().join(' | ');
}

function field(parameter) {
  const { schema, name } = parameter;
  const choices = schema.enum ?? (schema.type === 'boolean' ? ['true', 'false'] : null);
  if (!choices) return element('input', { name, ariaLabel: name, placeholder: schema.default ?? '' });
  return element('select', { name, ariaLabel: name }, ...['', ...choices].map((value) => element('option', { value, textContent: value })));
}

function address(path, parameters, form) {
  const query = new URLSearchParams();
  let filled = path;
  for (const { name, in: place } of parameters) {
    const value = form.elements.namedItem(name).value;
    if (place === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(value));
    else if (value !== '') query.set(name, value);
  }
  return query.size === 0 ? filled : `${filled}?${query}`;
}

async function answer(url, output) {
  const token = document.getElementById('token').value;
  output.textContent = `GET ${url} …`;
  try {
    const response = await fetch(url, token === '' ? {} : { headers: { authorization: `Bearer ${token}` } });
    let text = await response.text();
    if ((response.headers.get('content-type') ?? '').includes('json')) text = JSON.stringify(JSON.parse(text), null, 1);
    const more = text.length > LONGEST ? `\n… and ${text.length - LONGEST} characters more` : '';
    output.textContent = `GET ${url}\n${response.status} ${response.statusText}\n\n${text.slice(0, LONGEST)}${more}`;
  } catch (error) {
    output.textContent = `GET ${url}\n${error}`;
  }
}

function table(heads, rows) {
  const line = (kind, attributes, cells) => element('tr', {}, ...cells.map((cell) => element(kind, attributes, cell)));
  return element('table', {}, line('th', { scope: 'col' }, heads), ...rows.map((cells) => line('td', {}, cells)));
}

function call(path, operation) {
  const parameters = operation.parameters ?? [];
  // Read out when it comes; focusable, so that a long answer is scrolled by keyboard too.
  const output = element('pre', { hidden: true, role: 'status', tabIndex: 0, ariaLabel: `Answer of GET ${path}` });
  const form = element('form', {});
  if (parameters.length > 0) {
    form.append(table(['Parameter', 'Type', 'Meaning', 'Value'], parameters.map((parameter) =>
      [parameter.name, typeOf(parameter.schema), parameter.description ?? '', field(parameter)])));
  }
  form.append(element('button', { textContent: 'Try', ariaLabel: `Try GET ${path}` }));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    output.hidden = false;
    void answer(address(path, parameters, form), output);
  });
  const answers = Object.entries(operation.responses).map(([status, { description }]) => [status, description]);
  return element('details', {},
    element('summary', {}, element('code', { textContent: `GET ${path}` }), operation.summary ?? ''),
    form, output, table(['Status', 'Answer'], answers));
}

async function show() {
  const calls = document.getElementById('calls');
  try {
    const said = await (await fetch('/api/openapi.json')).json();
    document.getElementById('about').textContent = said.info.description;
    calls.replaceChildren(...Object.entries(said.paths).map(([path, { get }]) => call(path, get)));
  } catch (error) {
    calls.textContent = `openapi.json could not be read: ${error}`;
  }
}

void show();
