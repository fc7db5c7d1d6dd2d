// Pickers with remote search. The styles are part of vendor.css, because most forms have a picker.
import TomSelect from "tom-select/base";
import clearButton from "tom-select/dist/esm/plugins/clear_button/plugin.js";
import dropdownInput from "tom-select/dist/esm/plugins/dropdown_input/plugin.js";
import removeButton from "tom-select/dist/esm/plugins/remove_button/plugin.js";

TomSelect.define("clear_button", clearButton);
TomSelect.define("dropdown_input", dropdownInput);
TomSelect.define("remove_button", removeButton);

export default TomSelect;
