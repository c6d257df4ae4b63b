"""Chats whose record, or its module, was deleted: the group and its history still exist."""


def orphans_of(chats):
    """Return the chats among these that belong to nothing any more."""
    alive = {}
    for model in {chat.res_model for chat in chats if chat.res_model in chats.env}:
        of_model = chats.filtered(lambda chat, model=model: chat.res_model == model)
        records = chats.env[model].sudo().browse(of_model.mapped("res_id"))
        alive[model] = set(records.exists().ids)
    return chats.filtered(
        lambda chat: chat.res_model and chat.res_id not in alive.get(chat.res_model, ())
    )
