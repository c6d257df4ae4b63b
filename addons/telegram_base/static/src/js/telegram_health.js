odoo.define("telegram_base.health", function (require) {
    "use strict";

    // The page “Health”: the server renders it as a whole, with all its words; here it is shown,
    // looked at again every few seconds, and its buttons call the methods that they name.
    var AbstractAction = require("web.AbstractAction");
    var core = require("web.core");
    var Dialog = require("web.Dialog");
    var session = require("web.session");

    var AGAIN_MS = 5000;

    var Health = AbstractAction.extend({
        hasControlPanel: true,
        events: {
            "click .o_telegram_do": "_onDo",
        },

        willStart: function () {
            var self = this;
            return Promise.all([this._super.apply(this, arguments), this._page()]).then(
                function (found) {
                    self.html = found[1];
                }
            );
        },

        start: function () {
            var self = this;
            return Promise.resolve(this._super.apply(this, arguments)).then(function () {
                self._show(self.html);
                self.timer = setInterval(self._again.bind(self), AGAIN_MS);
            });
        },

        destroy: function () {
            clearInterval(this.timer);
            this._super.apply(this, arguments);
        },

        _page: function (options) {
            return this._rpc({model: "telegram.health", method: "page", args: [], context: session.user_context}, options);
        },

        _show: function (html) {
            if (html !== this.shown) {
                this.shown = html;
                this.$(".o_content").html(html);
            }
        },

        _refresh: function () {
            return this._page({shadow: true}).then(this._show.bind(this));
        },

        _again: function () {
            if (document.hidden || !document.body.contains(this.el)) {
                return;
            }
            // the server may be away for a moment: the next look comes anyway
            this._refresh().guardedCatch(function (error) {
                if (error && error.event) {
                    error.event.preventDefault();
                }
            });
        },

        _onDo: function (event) {
            var self = this;
            var data = event.currentTarget.dataset;
            if (data.openModel) {
                return this.do_action({
                    type: "ir.actions.act_window",
                    res_model: data.openModel,
                    res_id: Number(data.openId),
                    views: [[false, "form"]],
                });
            }
            var run = function () {
                event.currentTarget.disabled = true;
                self._rpc({
                    model: data.model,
                    method: data.method,
                    args: JSON.parse(data.args || "[]"),
                    context: session.user_context,
                }).then(self._refresh.bind(self), self._refresh.bind(self));
            };
            if (data.confirm) {
                Dialog.confirm(this, data.confirm, {confirm_callback: run});
            } else {
                run();
            }
        },
    });

    core.action_registry.add("telegram_base.health", Health);
    return Health;
});
