/** For those who start all three runtimes by the same name. */
import "./main.js";
