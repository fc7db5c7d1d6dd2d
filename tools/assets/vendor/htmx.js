// htmx with its two extensions. It is global because extensions and browser tests look for `window.htmx`.
import htmx from "htmx.org";
import "htmx-ext-sse/dist/sse.esm.js";
import "idiomorph/dist/idiomorph-ext.esm.js";

window.htmx = htmx;

export default htmx;
