// node openapi.mjs DOCUMENT [ANSWERS]: validates an OpenAPI document, each example in it against its schema, and answers of the server
// ([{ pointer, body }], the pointer naming a schema in the document). Prints what is wrong, one a line.
import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const document = JSON.parse(await readFile(process.argv[2], 'utf8'));
const say = (...words) => console.log(words.join(' '));

const result = await new Validator().validate(structuredClone(document));
if (!result.valid) say('document:', JSON.stringify(result.errors));
if (!document.openapi.startsWith('3.1')) say('document: is OpenAPI', document.openapi);

const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });
addFormats(ajv);
ajv.addSchema(document, 'doc');
const escape = part => part.replaceAll('~', '~0').replaceAll('/', '~1');
const point = (...parts) => '/' + parts.map(p => encodeURIComponent(escape(String(p)))).join('/');
const check = (pointer, value, what) => {
  const validate = ajv.compile({ $ref: 'doc#' + pointer });
  if (!validate(value)) say(what + ':', ajv.errorsText(validate.errors), JSON.stringify(value).slice(0, 300));
};

let examples = 0;
const ids = new Set();
for (const [path, item] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    const name = `${method} ${path}`;
    if (!operation.operationId || ids.has(operation.operationId)) say(name, 'has no operationId of its own');
    ids.add(operation.operationId);
    if (!operation.summary || !operation.tags?.length) say(name, 'has no summary or tag');
    const body = (content, pointer, what) => {
      for (const [type, media] of Object.entries(content ?? {})) {
        if (!type.endsWith('json')) continue;
        if (media.example === undefined) { say(what, 'has no example'); continue; }
        examples++;
        check(pointer + point('content', type, 'schema'), media.example, what);
      }
    };
    body(operation.requestBody?.content, point('paths', path, method, 'requestBody'), name + ' takes');
    for (const [status, response] of Object.entries(operation.responses))
      body(response.content, point('paths', path, method, 'responses', status), `${name} gives ${status}`);
    for (const [i, parameter] of (operation.parameters ?? []).entries()) {
      if (parameter.example === undefined) say(name, parameter.name, 'has no example');
      else check(point('paths', path, method, 'parameters', i, 'schema'), parameter.example, `${name} ${parameter.name}`);
    }
  }
}
if (process.argv[3])
  for (const answer of JSON.parse(await readFile(process.argv[3], 'utf8')))
    check(point(...answer.pointer), answer.body, `answer to ${answer.pointer[2]} ${answer.pointer[1]}`);
console.error(`${ids.size} operations, ${examples} examples`);
