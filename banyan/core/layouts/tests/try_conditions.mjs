/** Tries conditions on values as a form does: reads [{test, values}] and writes whether each holds. */
import { readFileSync } from "node:fs";

import { holds } from "../../web/static/js/layouts.js";

const cases = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(cases.map(({ test, values }) => holds(test, (name) => values[name]))));
